import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeImage } from "../../../test/oddImages.ts";
import { verdictFile } from "../checks/imageChecks.ts";
import { prepareDataset } from "../index.ts";
import { noDataOptions } from "../options.ts";
import { filesBelow } from "./files.ts";

let root: string;
let printed: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "plumage-folder-"));
  printed = [];
});
afterEach(() => {
  rmSync(root, { recursive: true });
  rmSync(verdictFile(root), { force: true });
});

const prepare = (options = {}) =>
  prepareDataset("folder", {
    signal: new AbortController().signal,
    print: (line) => printed.push(line),
    options: { ...noDataOptions, root, ...options },
  });
const images = async (...files: string[]) => {
  for (const [i, file] of files.entries()) await writeImage(join(root, file), i);
};

describe("a class per directory", () => {
  it("takes the first half of the classes to train on, by name", async () => {
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

  it("takes them as deep as it is told", async () => {
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
    expect(printed).toEqual(["left out, outside of a class: 1 (gulls/1.jpg)"]);
  });

  it("says which files it leaves out", async () => {
    await images("a/1.jpg", "b/1.jpg", "stray.jpg");
    for (const name of ["README.md", "a/notes.txt", "a/.hidden.jpg"])
      writeFileSync(join(root, name), "x");
    const { items } = await prepare();
    expect(items).toHaveLength(2);
    expect(printed).toEqual([
      "left out, outside of a class: 1 (stray.jpg)",
      "left out, no images by their names: 2 (README.md, a/notes.txt)",
    ]);
  });

  it("keeps the halves as they are when the images of a class cannot be used", async () => {
    await images("a/1.jpg", "c/1.jpg", "d/1.jpg");
    mkdirSync(join(root, "b"));
    writeFileSync(join(root, "b", "1.jpg"), "");
    const { items } = await prepare();
    expect(items.map(({ label, split }) => [label, split])).toEqual([
      ["a", "train"],
      ["c", "test"],
      ["d", "test"],
    ]);
    expect(printed[0]).toBe("1 of 4 images cannot be used and are skipped:");
  });

  it.each([
    ["there is no root", { root: undefined }, "bad-input", /needs --root$/],
    [
      "the root is not there",
      { root: "/nowhere/at/all" },
      "bad-file",
      /^\/nowhere\/at\/all is missing$/,
    ],
    [
      "the root is a file",
      { root: join(repositoryRoot(), "package.json") },
      "bad-file",
      /is no folder$/,
    ],
    ["images lie higher", { depth: 3 }, "bad-file", /has no images 3 folders down$/],
    ["there is one class", {}, "bad-input", /there is no image to be held out$/],
    [
      "a box is not taken",
      { crop: false },
      "bad-input",
      /^--no-crop means nothing to the data set "folder"$/,
    ],
  ])("says so where %s", async (_, options, code, message) => {
    await images("a/1.jpg");
    await expect(prepare(options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe("filesBelow", () => {
  it("is sorted by code units, follows links, and goes in no circle", async () => {
    await images("b/1.jpg", "B/1.jpg", "ä/1.jpg", "a/10.jpg", "a/2.jpg");
    symlinkSync(join(root, "a"), join(root, "linked"));
    symlinkSync(root, join(root, "a", "circle"));
    symlinkSync(join(root, "gone.jpg"), join(root, "b", "dangling.jpg"));
    expect(await filesBelow(root)).toEqual([
      "B/1.jpg",
      "a/10.jpg",
      "a/2.jpg",
      "b/1.jpg",
      "b/dangling.jpg",
      "linked/10.jpg",
      "linked/2.jpg",
      "ä/1.jpg",
    ]);
  });
});
