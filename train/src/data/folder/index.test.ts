import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeImage } from "../../../test/unusableImages.ts";
import { checkCacheFile } from "../checks/checkCache.ts";
import { prepareDataset } from "../index.ts";
import { defaultDataOptions } from "../options.ts";

let root: string;
let printed: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "plumage-folder-"));
  printed = [];
});
afterEach(() => {
  rmSync(root, { recursive: true });
  rmSync(checkCacheFile(root), { force: true });
});

const prepare = (options = {}) =>
  prepareDataset("folder", {
    signal: new AbortController().signal,
    print: (line) => printed.push(line),
    options: { ...defaultDataOptions, root, ...options },
  });
const images = async (...files: string[]) => {
  for (const [i, file] of files.entries()) await writeImage(join(root, file), i);
};

describe("one folder per class", () => {
  it("uses the first half of the classes, by name, for training", async () => {
    await images("c/1.jpg", "b/1.jpg", "b/deep/2.jpg", "a/1.JPG", "d/1.jpg", "d/2.jpg");
    const { info, items } = await prepare();
    expect(items.map(({ id, label, split }) => [id, label, split])).toEqual([
      ["a.1.JPG", "a", "train"],
      ["b.1.jpg", "b", "train"],
      ["b.deep.2.jpg", "b", "train"],
      ["c.1.jpg", "c", "test"],
      ["d.1.jpg", "d", "test"],
      ["d.2.jpg", "d", "test"],
    ]);
    expect(info).toMatchObject({ name: "folder", title: root.split("/").at(-1) });
    expect(printed).toEqual([]);
  });

  it("labels images with --depth folders", async () => {
    await images(
      "gulls/herring/1.jpg",
      "gulls/black/1.jpg",
      "terns/sandwich/x/1.jpg",
      "terns/arctic/1.jpg",
      "gulls/1.jpg",
    );
    const { items } = await prepare({ depth: 2 });
    expect(items.map(({ label, split }) => [label, split])).toEqual([
      ["gulls/black", "train"],
      ["gulls/herring", "train"],
      ["terns/arctic", "test"],
      ["terns/sandwich", "test"],
    ]);
    expect(printed).toEqual(["skipped files outside of a class folder: 1 (gulls/1.jpg)"]);
  });

  it("prints the files that it skips", async () => {
    await images("a/1.jpg", "b/1.jpg", "stray.jpg");
    for (const name of ["README.md", "a/notes.txt", "a/.hidden.jpg"])
      writeFileSync(join(root, name), "x");
    const { items } = await prepare();
    expect(items).toHaveLength(2);
    expect(printed).toEqual([
      "skipped files outside of a class folder: 1 (stray.jpg)",
      "skipped files without an image extension: 2 (README.md, a/notes.txt)",
      "skipped hidden files and folders: 1",
    ]);
  });

  it("takes composed and decomposed names of a folder as one class", async () => {
    await images("caf\u00e9/1.jpg", "cafe\u0301/2.jpg", "z/3.jpg");
    const labels = (await prepare()).items.map(({ label }) => label);
    expect(labels).toEqual(["caf\u00e9", "caf\u00e9", "z"]);
  });

  it("keeps the split when all images of a class are unusable", async () => {
    await images("a/1.jpg", "c/1.jpg", "d/1.jpg");
    mkdirSync(join(root, "b"));
    writeFileSync(join(root, "b", "1.jpg"), "");
    const { items } = await prepare();
    expect(items.map(({ label, split }) => [label, split])).toEqual([
      ["a", "train"],
      ["c", "test"],
      ["d", "test"],
    ]);
    expect(printed[0]).toBe("1 of 4 images are unusable and will be skipped:");
  });

  it.each([
    ["a missing --root", { root: undefined }, "bad-input", /requires --root$/],
    [
      "a root that does not exist",
      { root: "/nowhere/at/all" },
      "bad-file",
      /^\/nowhere\/at\/all is missing$/,
    ],
    [
      "a root that is a file",
      { root: join(repositoryRoot(), "package.json") },
      "bad-file",
      /is not a folder$/,
    ],
    ["a depth without images", { depth: 3 }, "bad-file", /has no images 3 folders down$/],
    ["a single class", {}, "bad-input", /no image is left for the test split$/],
    [
      "an option of another data set",
      { crop: false },
      "bad-input",
      /^--no-crop does not apply to the data set "folder"$/,
    ],
  ])("rejects %s", async (_, options, code, message) => {
    await images("a/1.jpg");
    await expect(prepare(options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
