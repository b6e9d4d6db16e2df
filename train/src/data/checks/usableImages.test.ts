import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Box, Item } from "@plumage/models";
import { afterEach, beforeEach, expect, it } from "vitest";
import { oddProblems, writeImage, writeOddImages } from "../../../test/oddImages.ts";
import type { PrepareContext } from "../dataset.ts";
import { noDataOptions } from "../options.ts";
import { usableImages } from "./usableImages.ts";

let folder: string;
let memory: string;
let printed: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-usable-"));
  memory = join(folder, "verdicts.json");
  printed = [];
  await writeImage(join(folder, "one.jpg"), 1);
  await writeImage(join(folder, "two.jpg"), 2);
});
afterEach(() => rmSync(folder, { recursive: true }));

const item = (name: string, box?: Box): Item => ({
  id: name,
  path: join(folder, name),
  label: "gull",
  split: "train",
  ...(box ? { box } : {}),
});
const context = (changes: Partial<PrepareContext> = {}): PrepareContext => ({
  signal: new AbortController().signal,
  print: (line) => printed.push(line),
  options: noDataOptions,
  ...changes,
});
const strict = context({ options: { ...noDataOptions, strict: true } });
const usable = async (items: Item[], given = context()) =>
  (await usableImages(items, folder, given, memory)).map(({ id }) => id);

it("says nothing of images that can be used", async () => {
  expect(
    await usable([item("one.jpg"), item("two.jpg", { x: 39, y: 0, width: 10, height: 10 })]),
  ).toEqual(["one.jpg", "two.jpg"]);
  expect(printed).toEqual([]);
});

it("names and counts every odd file, and keeps the others in their order", async () => {
  await writeOddImages(folder);
  const odd = Object.keys(oddProblems);
  const items = [
    item("one.jpg"),
    ...odd.map((name) => item(name)),
    item("missing.jpg"),
    item("two.jpg"),
  ];
  expect(await usable(items)).toEqual(["one.jpg", "two.jpg"]);
  const [count, ...names] = printed;
  expect(count).toBe(`${odd.length + 1} of ${items.length} images cannot be used and are skipped:`);
  expect(names).toHaveLength(odd.length + 1);
  odd.forEach((name, i) => {
    expect(names[i]).toContain(`  ${name}: ${oddProblems[name]}`);
  });
  expect(names.at(-1)).toBe("  missing.jpg: the file is missing");

  await expect(usableImages(items, folder, strict, memory)).rejects.toMatchObject({
    code: "bad-image",
    message: expect.stringMatching(
      /^12 of 14 images cannot be used: empty\.jpg: the image is empty; /,
    ),
    hint: expect.stringContaining("--strict"),
  });
});

it("skips a box that lies beside its image", async () => {
  const items = [item("one.jpg"), item("two.jpg", { x: 60, y: 0, width: 10, height: 10 })];
  expect(await usable(items)).toEqual(["one.jpg"]);
  expect(printed[1]).toMatch(
    /^ {2}two\.jpg: the box 60, 0, 10 x 10 holds no pixel of the 42 x 50 image/,
  );
});

it("stops where no image is left", async () => {
  writeFileSync(join(folder, "a.jpg"), "");
  await expect(usable([item("a.jpg")])).rejects.toMatchObject({ code: "bad-image" });
});

it("shows a few names of very many, and where the others are", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `${i}.jpg`);
  for (const name of names) writeFileSync(join(folder, name), "");
  await usable([item("one.jpg"), ...names.map((name) => item(name))]);
  expect(printed).toHaveLength(27);
  expect(printed.at(-1)).toBe(`  and 15 more; all of them are in ${memory}`);
  for (const name of names) expect(readFileSync(memory, "utf8")).toContain(join(folder, name));
});

it("looks again only at files that have changed", async () => {
  const both = [item("one.jpg"), item("two.jpg")];
  await usable(both);
  const verdicts = JSON.parse(readFileSync(memory, "utf8"));
  verdicts.verdicts[both[0]!.path].problem = "remembered";
  writeFileSync(memory, JSON.stringify(verdicts));
  expect(await usable(both)).toEqual(["two.jpg"]);
  expect(printed).toContain("  one.jpg: remembered");
  // Of another length: the verdict does not count any more.
  await writeImage(both[0]!.path, 5);
  expect(await usable(both)).toEqual(["one.jpg", "two.jpg"]);
  // A damaged memory is no reason to stop.
  writeFileSync(memory, "{");
  expect(await usable(both)).toEqual(["one.jpg", "two.jpg"]);
});

it("stops when it is told to", async () => {
  await expect(usable([item("one.jpg")], context({ signal: AbortSignal.abort() }))).rejects.toThrow(
    /abort/i,
  );
});
