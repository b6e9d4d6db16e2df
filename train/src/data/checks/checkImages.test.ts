import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Box, Item } from "@plumage/models";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { unusableImages, writeImage, writeUnusableImages } from "../../../test/unusableImages.ts";
import type { PrepareContext } from "../dataset.ts";
import { defaultDataOptions } from "../options.ts";
import { checkImages } from "./checkImages.ts";

let folder: string;
let cacheFile: string;
let printed: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-checks-"));
  cacheFile = join(folder, "checks.json");
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
  options: defaultDataOptions,
  ...changes,
});
const strict = context({ options: { ...defaultDataOptions, strict: true } });
const usableIds = async (items: Item[], given = context()) =>
  (await checkImages(items, folder, given, cacheFile)).map(({ id }) => id);

it("prints nothing if every image is usable", async () => {
  const box = { x: 39, y: 0, width: 10, height: 10 };
  expect(await usableIds([item("one.jpg"), item("two.jpg", box)])).toEqual(["one.jpg", "two.jpg"]);
  expect(printed).toEqual([]);
});

it("takes formats whose decoder is ours, with more than 8 bits too", async () => {
  const raw = { width: 20, height: 10, channels: 3 } as const;
  const image = sharp(Buffer.alloc(600, 77), { raw }).toColourspace("rgb16").tiff();
  await writeFile(join(folder, "deep.tiff"), await image.toBuffer());
  expect(await usableIds([item("deep.tiff")])).toEqual(["deep.tiff"]);
});

it("skips and lists every kind of unusable file, and keeps the order of the others", async () => {
  await writeUnusableImages(folder);
  const names = Object.keys(unusableImages);
  const items = [
    item("one.jpg"),
    ...names.map((name) => item(name)),
    item("missing.jpg"),
    item("two.jpg"),
  ];
  expect(await usableIds(items)).toEqual(["one.jpg", "two.jpg"]);
  const [summary, ...lines] = printed;
  expect(summary).toBe(
    `${names.length + 1} of ${items.length} images are unusable and will be skipped:`,
  );
  expect(lines).toHaveLength(names.length + 1);
  names.forEach((name, i) => {
    expect(lines[i]).toContain(`  ${name}: ${unusableImages[name]}`);
  });
  expect(lines.at(-1)).toBe("  missing.jpg: the file is missing");

  await expect(checkImages(items, folder, strict, cacheFile)).rejects.toMatchObject({
    code: "bad-image",
    message: expect.stringMatching(
      /^12 of 14 images are unusable: empty\.jpg: the image is empty; /,
    ),
    hint: expect.stringContaining("--strict"),
  });
});

it("skips a box outside its image", async () => {
  const items = [item("one.jpg"), item("two.jpg", { x: 60, y: 0, width: 10, height: 10 })];
  expect(await usableIds(items)).toEqual(["one.jpg"]);
  expect(printed[1]).toMatch(/^ {2}two\.jpg: the box 60, 0, 10 x 10 /);
});

it("rejects a data set without a usable image", async () => {
  writeFileSync(join(folder, "a.jpg"), "");
  await expect(usableIds([item("a.jpg")])).rejects.toMatchObject({ code: "bad-image" });
});

it("prints the first 25 problems and refers to the cache file for the rest", async () => {
  const names = Array.from({ length: 40 }, (_, i) => `${i}.jpg`);
  for (const name of names) writeFileSync(join(folder, name), "");
  await usableIds([item("one.jpg"), ...names.map((name) => item(name))]);
  expect(printed).toHaveLength(27);
  expect(printed.at(-1)).toBe(`  and 15 more; see ${cacheFile} for all of them`);
  for (const name of names) expect(readFileSync(cacheFile, "utf8")).toContain(join(folder, name));
});

it("checks a file again only after it has changed", async () => {
  const both = [item("one.jpg"), item("two.jpg")];
  await usableIds(both);
  const cache = JSON.parse(readFileSync(cacheFile, "utf8"));
  cache.verdicts[both[0]!.path].problem = "cached";
  writeFileSync(cacheFile, JSON.stringify(cache));
  expect(await usableIds(both)).toEqual(["two.jpg"]);
  expect(printed).toContain("  one.jpg: cached");
  // Another file length invalidates the entry.
  await writeImage(both[0]!.path, 5);
  expect(await usableIds(both)).toEqual(["one.jpg", "two.jpg"]);
});

it("starts over from a damaged cache", async () => {
  writeFileSync(cacheFile, "{");
  expect(await usableIds([item("one.jpg")])).toEqual(["one.jpg"]);
});

it("stops when aborted", async () => {
  const aborted = context({ signal: AbortSignal.abort() });
  await expect(usableIds([item("one.jpg")], aborted)).rejects.toThrow(/abort/i);
});
