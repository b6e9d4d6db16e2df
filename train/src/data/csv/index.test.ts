import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeImage } from "../../../test/unusableImages.ts";
import { checkCacheFile } from "../checks/checkCache.ts";
import { prepareDataset } from "../index.ts";
import { defaultDataOptions } from "../options.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-csv-"));
  file = join(folder, "birds.csv");
  for (const [i, name] of ["a.jpg", "b.jpg", "c.jpg"].entries())
    await writeImage(join(folder, "images", name), i);
});
afterEach(() => {
  for (const root of [folder, join(folder, "images")])
    rmSync(checkCacheFile(root), { force: true });
  rmSync(folder, { recursive: true });
});

const prepare = (text: string | undefined, options = {}) => {
  if (text !== undefined) writeFileSync(file, text);
  const context = { signal: new AbortController().signal, print: () => undefined };
  return prepareDataset("csv", {
    ...context,
    options: { ...defaultDataOptions, csv: file, ...options },
  });
};

it("splits the classes by name and resolves paths against the table's folder", async () => {
  const { items } = await prepare(
    "path,label\nimages/a.jpg,tern\nimages/b.jpg,gull\nimages/c.jpg,tern\n",
  );
  expect(items).toEqual([
    { id: "images.a.jpg", path: join(folder, "images", "a.jpg"), label: "tern", split: "test" },
    { id: "images.b.jpg", path: join(folder, "images", "b.jpg"), label: "gull", split: "train" },
    { id: "images.c.jpg", path: join(folder, "images", "c.jpg"), label: "tern", split: "test" },
  ]);
});

it("takes composed and decomposed names as the same", async () => {
  const [composed, decomposed] = ["caf\u00e9", "cafe\u0301"];
  await writeImage(join(folder, "images", `${decomposed}.jpg`), 4);
  const { items } = await prepare(
    `path,label\nimages/${composed}.jpg,${composed}\nimages/b.jpg,${decomposed}\nimages/c.jpg,z\n`,
  );
  expect(items.map(({ path, label }) => [path, label])).toEqual([
    [join(folder, "images", `${decomposed}.jpg`), composed],
    [join(folder, "images", "b.jpg"), composed],
    [join(folder, "images", "c.jpg"), "z"],
  ]);
});

it("reads splits, boxes, and several rows per image", async () => {
  const text = `path,label,box,split
a.jpg,tern,1 2 20 30,train
a.jpg,gull,"5,5,10,10",test
${join(folder, "images", "b.jpg")},gull,,test
`;
  const root = join(folder, "images");
  const { items } = await prepare(text, { root });
  expect(
    items.map(({ id, label, split, box }) => [
      id,
      label,
      split,
      box && [box.x, box.y, box.width, box.height],
    ]),
  ).toEqual([
    ["a.jpg", "tern", "train", [1, 2, 20, 30]],
    [expect.stringMatching(/^a\.jpg/), "gull", "test", [5, 5, 10, 10]],
    ["b.jpg", "gull", "test", undefined],
  ]);
  expect(new Set(items.map(({ id }) => id)).size).toBe(3);
  const whole = await prepare(text, { root, crop: false });
  expect(whole.items.map(({ box }) => box)).toEqual([undefined, undefined, undefined]);
});

it("holds out queries and references", async () => {
  const rows = ["a.jpg,gull,query", "b.jpg,gull,reference", "c.jpg,tern,train"].map(
    (row) => `images/${row}`,
  );
  const { items } = await prepare(["path,label,split", ...rows, ""].join("\n"));
  expect(items.map(({ split, role }) => [split, role])).toEqual([
    ["test", "query"],
    ["test", "reference"],
    ["train", undefined],
  ]);
});

it.each([
  ["a missing --csv", undefined, { csv: undefined }, "bad-input", /requires --csv$/],
  ["a missing table", undefined, {}, "bad-file", /birds\.csv is missing$/],
  ["an empty table", "path,label\n", {}, "bad-file", /birds\.csv lists no images$/],
  [
    "a table without test images",
    "path,label,split\nimages/a.jpg,a,train\n",
    {},
    "bad-input",
    /no image is left for the test split$/,
  ],
  [
    "an option of another data set",
    "path,label\n",
    { depth: 2 },
    "bad-input",
    /^--depth does not apply to the data set "csv"$/,
  ],
])("rejects %s", async (_, text, options, code, message) => {
  await expect(prepare(text, options)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});
