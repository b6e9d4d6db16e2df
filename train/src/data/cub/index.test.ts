import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cropAndResize, type Item } from "@plumage/models";
import { decodeImage, repositoryRoot, sha256, writeFileWhole } from "@plumage/models/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drawBirds } from "../../../test/drawnBirds.ts";
import { loadPixels } from "../batches/pixels.ts";
import { cubItems } from "./index.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-cub-"));
  await drawBirds(folder, { classes: 5, perClass: 3, seed: 2 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const bySplit = (items: readonly Item[], split: string) =>
  items.filter((item) => item.split === split);
const labelsOf = (items: readonly Item[]) => [...new Set(items.map(({ label }) => label))];

describe("cubItems", () => {
  it("returns every image with its class, box and split", async () => {
    const items = await cubItems(folder, true);
    expect(items).toHaveLength(15);
    expect(labelsOf(bySplit(items, "train")).map((label) => label.slice(0, 3))).toEqual([
      "001",
      "002",
      "003",
    ]);
    expect(labelsOf(bySplit(items, "test")).map((label) => label.slice(0, 3))).toEqual([
      "004",
      "005",
    ]);
    const [line] = readFileSync(join(folder, "bounding_boxes.txt"), "utf8").split("\n");
    const { x, y, width, height } = items[0]!.box!;
    expect(`1 ${[x, y, width, height].map((value) => value.toFixed(1)).join(" ")}`).toBe(line);
    for (const { path } of items) expect(existsSync(path)).toBe(true);
    expect(new Set(items.map(({ id }) => id)).size).toBe(15);
  });

  it("crops to the box and resizes in two steps, or keeps the whole image", async () => {
    const [item] = await cubItems(folder, true);
    const image = await decodeImage(readFileSync(item!.path));
    const { x, y, width, height } = item!.box!;
    expect(width).not.toBe(height);
    const [left, top] = [Math.round(x), Math.round(y)];
    const [right, bottom] = [Math.round(x + width), Math.round(y + height)];
    // An independent crop; fixtures compare the resize of cropAndResize with Pillow's.
    const rows = Array.from({ length: bottom - top }, (_, row) =>
      image.data.subarray(
        ((top + row) * image.width + left) * 3,
        ((top + row) * image.width + right) * 3,
      ),
    );
    const cut = { width: right - left, height: bottom - top, data: Buffer.concat(rows) };
    const first = cropAndResize(cut, 256);
    const twice = cropAndResize({ width: 256, height: 256, data: first }, 224);
    expect(sha256(await loadPixels(item!, [256, 224]))).toBe(sha256(twice));

    const [uncropped] = await cubItems(folder, false);
    expect(uncropped).not.toHaveProperty("box");
    expect(sha256(await loadPixels(uncropped!, 224))).toBe(sha256(cropAndResize(image, 224)));
  });

  it("reads drawn birds that depend on the seed alone", async () => {
    const again = join(folder, "again");
    await drawBirds(again, { classes: 1, perClass: 2, seed: 2 });
    const [[first, second], [third, fourth]] = await Promise.all([
      cubItems(folder, true),
      cubItems(again, true),
    ]);
    const digest = (item: Item | undefined) => sha256(readFileSync(item!.path));
    expect([third, fourth].map(digest)).toEqual([first, second].map(digest));
    expect(digest(first)).not.toBe(digest(second));
  });
});

it("reads tables in UTF-16, with any line ends, backslashes and decomposed names", async () => {
  const other = mkdtempSync(join(tmpdir(), "plumage-cub-"));
  const files = {
    "images.txt": "1 cafe\u0301\\a.jpg\r\n2 b\\b.jpg\r\n",
    "image_class_labels.txt": "1 1\r2 2\r",
    "classes.txt": "1 cafe\u0301\n2 b\n\n",
    "bounding_boxes.txt": "1\t1\t1\t9\t9\n2 1 1 9 9",
  };
  for (const [name, content] of Object.entries(files))
    await writeFileWhole(join(other, name), Buffer.from(`\ufeff${content}`, "utf16le"));
  expect((await cubItems(other, false)).map(({ path, label }) => [path, label])).toEqual([
    [join(other, "images", "cafe\u0301", "a.jpg"), "caf\u00e9"],
    [join(other, "images", "b", "b.jpg"), "b"],
  ]);
  rmSync(other, { recursive: true });
});

describe("damaged annotations", () => {
  it.each([
    ["bounding_boxes.txt", "1 2 3 4\n", /bounding_boxes.txt, line 1: /],
    ["bounding_boxes.txt", "1 2 3 4 0\n", /bounding_boxes.txt, line 1: /],
    ["image_class_labels.txt", "1 x\n", /image_class_labels.txt, line 1: /],
    ["classes.txt", "1 a\n1 b\n", /classes.txt, line 2: duplicate id 1/],
    ["image_class_labels.txt", "1 1\n", /image 2, .* has no class$/],
    ["classes.txt", "1 a\n", /image 2, .* has no class name$/],
    ["bounding_boxes.txt", "1 2 3 4 5\n", /image 2, .* has no box$/],
    ["images.txt", undefined, /images.txt is missing/],
  ])("are rejected in %s: %j", async (file, text, message) => {
    const damaged = mkdtempSync(join(tmpdir(), "plumage-cub-"));
    const files = {
      "images.txt": "1 a/a.jpg\n2 b/b c.jpg\n",
      "image_class_labels.txt": "1 1\n2 2\n",
      "classes.txt": "1 a\n2 b\n",
      "bounding_boxes.txt": "1 1 1 9.5 9\n2 1 1 9 9\n",
    };
    for (const [name, content] of Object.entries(files))
      await writeFileWhole(join(damaged, name), content);
    expect((await cubItems(damaged, true)).map(({ label }) => label)).toEqual(["a", "b"]);
    if (text === undefined) rmSync(join(damaged, file));
    else await writeFileWhole(join(damaged, file), text);
    await expect(cubItems(damaged, true)).rejects.toMatchObject({
      code: "bad-file",
      message: expect.stringMatching(message),
    });
    rmSync(damaged, { recursive: true });
  });
});

/** Where `--dataset cub` downloads the data set. */
const downloaded = join(repositoryRoot(), "train", "data", "cub", "CUB_200_2011");

describe.skipIf(!existsSync(downloaded))("the downloaded CUB-200-2011", () => {
  it("has 5,864 training images of 100 classes and 5,924 test images of 100 others", async () => {
    const items = await cubItems(downloaded, true);
    expect(items).toHaveLength(11_788);
    const [train, test] = [bySplit(items, "train"), bySplit(items, "test")];
    expect([train.length, test.length]).toEqual([5864, 5924]);
    expect([labelsOf(train).length, labelsOf(test).length]).toEqual([100, 100]);
    expect(labelsOf(items)).toHaveLength(200);
    expect(labelsOf(train).at(-1)).toMatch(/^100\./);
    expect(new Set(items.map(({ id }) => id)).size).toBe(11_788);
    expect(items.every(({ box }) => box !== undefined)).toBe(true);
    expect(items.at(-1)).toMatchObject({
      id: "200.Common_Yellowthroat.Common_Yellowthroat_0055_190967.jpg",
      label: "200.Common Yellowthroat",
      split: "test",
      box: { x: 20, y: 113, width: 177, height: 263 },
    });
  });
});
