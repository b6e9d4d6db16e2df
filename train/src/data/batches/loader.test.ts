import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cropAndResize, type Item, type RgbImage, uniform } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Loader, type LoaderOptions, openLoader } from "./loader.ts";
import { evaluationBatches } from "./pixels.ts";

const imageSize = 32;
const bytes = imageSize * imageSize * 3;
let folder: string;
const items: Item[] = [];
/** The pixels of each item's file. */
const images: RgbImage[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-loader-"));
  for (let i = 0; i < 7; i++) {
    const next = uniform(i + 1);
    // None is square, so that resizing without cropping cannot pass.
    const [width, height] = [40 + 7 * i, 90 - 6 * i];
    const data = Uint8Array.from({ length: width * height * 3 }, () => Math.floor(next() * 256));
    const path = join(folder, `${i}.png`);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path);
    images.push({ width, height, data });
    const box = i % 2 ? { box: { x: 3, y: 5.5, width: 30, height: 20 } } : {};
    items.push({ id: `${i}`, path, label: `class ${i % 3}`, split: "train", ...box });
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const classes = Int32Array.of(0, 1, 2, 0, 1, 2, 0);
const sample = (iteration: number): number[] =>
  [0, 3, 5, 1, 6].map((step) => (iteration + step) % 7);

async function withLoader<T>(
  workers: number,
  changes: Partial<LoaderOptions>,
  use: (loader: Loader) => Promise<T>,
): Promise<T> {
  const loader = openLoader({
    items,
    classes,
    sample,
    imageSize,
    augmentation: "strong",
    seed: 4,
    workers,
    ...changes,
  });
  try {
    return await use(loader);
  } finally {
    await loader.close();
  }
}

describe("openLoader", () => {
  it("loads each sampled item's image and class number", async () => {
    // "light" moves pixels but keeps colors, so an image of a single color does not change.
    const colors = items.map((_, i) => [10 + 30 * i, 200 - 25 * i, 40 * (i % 3)]);
    const flat = await Promise.all(
      items.map(async ({ id, label, split }, i): Promise<Item> => {
        const path = join(folder, `flat ${i}.png`);
        const [r, g, b] = colors[i]!;
        await sharp({
          create: { width: 50, height: 20 + i, channels: 3, background: { r: r!, g: g!, b: b! } },
        })
          .png()
          .toFile(path);
        return { id, path, label, split };
      }),
    );
    await withLoader(2, { items: flat, augmentation: "light" }, async (loader) => {
      const { input, labels } = await loader.batch(3);
      expect([...labels]).toEqual(sample(3).map((item) => classes[item]));
      expect([...input]).toEqual(
        sample(3).flatMap((item) =>
          Array(imageSize * imageSize)
            .fill(colors[item])
            .flat(),
        ),
      );
    });
  });

  it("loads the same bytes with any number of workers and after resuming", async () => {
    const digest = async (loader: Loader, iteration: number) =>
      sha256((await loader.batch(iteration)).input as Uint8Array);
    const all = (loader: Loader) =>
      Promise.all([0, 1, 2, 3, 4].map((iteration) => digest(loader, iteration)));
    const one = await withLoader(1, {}, all);
    expect(await withLoader(3, {}, all)).toEqual(one);
    expect(await withLoader(2, {}, (loader) => digest(loader, 4))).toBe(one[4]);
    expect(new Set(one).size).toBe(5);
  });

  it("rejects a batch with an unreadable image, naming the file", async () => {
    const path = join(folder, "broken.png");
    writeFileSync(path, "plain text");
    const broken = items.map((item, i) => (i === 5 ? { ...item, path } : item));
    const failure = expect.objectContaining({
      name: "PlumageError",
      code: "bad-image",
      message: expect.stringContaining(path),
    });
    await withLoader(2, { items: broken }, async (loader) => {
      await expect(loader.batch(0)).rejects.toEqual(failure);
    });
  });
});

describe("evaluationBatches", () => {
  it("yields every item once, in order, with the pixels that serving sees", async () => {
    const starts: number[] = [];
    const all: Uint8Array[] = [];
    for await (const { images, count, start } of evaluationBatches(items, [48, imageSize], 3)) {
      starts.push(start);
      expect(images).toHaveLength(count * bytes);
      for (let i = 0; i < count; i++) all.push(images.slice(i * bytes, (i + 1) * bytes));
    }
    expect(starts).toEqual([0, 3, 6]);
    expect(all).toEqual(items.map(({ box }, i) => cropAndResize(images[i]!, [48, imageSize], box)));
  });
});
