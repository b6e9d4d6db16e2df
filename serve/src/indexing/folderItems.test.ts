import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderItems } from "./folderItems.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("lists the images of all subfolders, with the subfolder as their label", async () => {
  for (const name of ["a/1.png", "a/b/2.JPG", "3.webp", "notes.txt"]) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
  expect((await folderItems(folder)).map(({ id, label }) => [id, label])).toEqual([
    ["3.webp", "unlabeled"],
    ["a~1.png", "a"],
    ["a~b~2.JPG", "a/b"],
  ]);
});

test("rejects a folder that is missing or has no images", async () => {
  await expect(folderItems(join(folder, "none"))).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/cannot be read/),
  });
  await expect(folderItems(folder)).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/contains no images/),
  });
});
