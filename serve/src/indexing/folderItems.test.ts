import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderItems } from "./folderItems.ts";

let folder: string;
let printed: string[];
beforeEach(() => {
  printed = [];
  folder = mkdtempSync(join(tmpdir(), "plumage-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const { signal } = new AbortController();
const read = (root = folder) => folderItems(root, (line) => printed.push(line), signal);
const list = async (root = folder) => (await read(root)).items;
const write = (...names: string[]) => {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
};

test("lists the images of all subfolders, with the subfolder as their label", async () => {
  write("a/1.png", "a/b/2.JPG", "3.webp", "notes.txt");
  expect((await list()).map(({ id, label }) => [id, label])).toEqual([
    ["3.webp", "unlabeled"],
    ["a~1.png", "a"],
    ["a~b~2.JPG", "a/b"],
  ]);
  expect(printed).toEqual(["skipped files without an image extension: 1 (notes.txt)"]);
});

test("rejects a folder that is missing or has no images", async () => {
  await expect(list(join(folder, "none"))).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/is missing/),
  });
  await expect(list()).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/contains no images/),
  });
});

test("gives paths ids of their own, whatever else is in the folder", async () => {
  write(
    "trip/IMG~1.jpg",
    "trip/IMG/1.jpg",
    `${"long/".repeat(60)}1.jpg`,
    `${"long/".repeat(60)}2.jpg`,
  );
  const ids = (await list()).map(({ id }) => id);
  expect(new Set(ids).size).toBe(4);
  for (const id of ids) expect(id.length).toBeLessThan(200);
  rmSync(join(folder, "trip", "IMG", "1.jpg"));
  expect((await list()).map(({ id }) => id)).toContain(ids.at(-1));
});

test("labels are composed Unicode", async () => {
  write("cafe\u0301/1.jpg");
  expect((await list())[0]).toMatchObject({
    label: "caf\u00e9",
    path: join(folder, "cafe\u0301", "1.jpg"),
  });
});

test("names what cannot be read now, such as a link to a drive that is not mounted", async () => {
  write("1.png", "a/notes.txt", ".hidden/2.png");
  symlinkSync("/mnt/none", join(folder, "nas"));
  expect((await read()).unread).toEqual([join(folder, "nas"), "/mnt/none"]);
});
