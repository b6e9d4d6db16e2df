import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cropAndResize, type Item, type RgbImage, uniform } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Loader, type LoaderOptions, openLoader } from "./loader.ts";
import { evaluationBatches } from "./pixels.ts";

const side = 32;
const bytes = side * side * 3;
let folder: string;
const items: Item[] = [];
/** What the files hold. */
const images: RgbImage[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-loader-"));
  for (let i = 0; i < 7; i++) {
    const next = uniform(i + 1);
    // None is square, so that a squash cannot pass for a crop.
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
    side,
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
  it("puts each sampled item's image in its place, with its class", async () => {
    // "light" moves pixels and keeps colors: an image of one color stays as it is.
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
      const { images, labels } = await loader.batch(3);
      expect([...labels]).toEqual(sample(3).map((item) => classes[item]));
      expect([...images]).toEqual(
        sample(3).flatMap((item) =>
          Array(side * side)
            .fill(colors[item])
            .flat(),
        ),
      );
    });
  });

  it("gives the same bytes with one thread and with three, and when a run is resumed", async () => {
    const digest = async (loader: Loader, iteration: number) =>
      sha256((await loader.batch(iteration)).images);
    const all = (loader: Loader) =>
      Promise.all([0, 1, 2, 3, 4].map((iteration) => digest(loader, iteration)));
    const one = await withLoader(1, {}, all);
    expect(await withLoader(3, {}, all)).toEqual(one);
    expect(await withLoader(2, {}, (loader) => digest(loader, 4))).toBe(one[4]);
    expect(new Set(one).size).toBe(5);
  });

  it("fails with the image's name, as an error for a person", async () => {
    const path = join(folder, "broken.png");
    writeFileSync(path, "this is no image");
    const broken = items.map((item, i) => (i === 5 ? { ...item, path } : item));
    const failure = expect.objectContaining({
      name: "PlumageError",
      code: "bad-image",
      message: expect.stringContaining(path),
    });
    await withLoader(2, { items: broken }, async (loader) => {
      await expect(loader.batch(0)).rejects.toEqual(failure);
      await expect(loader.batch(1)).rejects.toEqual(failure);
    });
  });
});

describe("evaluationBatches", () => {
  it("gives every item once, in order, bit for bit as serving decodes, crops and resizes it", async () => {
    const starts: number[] = [];
    const all: Uint8Array[] = [];
    for await (const { images, count, start } of evaluationBatches(items, [48, side], 3)) {
      starts.push(start);
      expect(images).toHaveLength(count * bytes);
      for (let i = 0; i < count; i++) all.push(images.slice(i * bytes, (i + 1) * bytes));
    }
    expect(starts).toEqual([0, 3, 6]);
    expect(all).toEqual(items.map(({ box }, i) => cropAndResize(images[i]!, [48, side], box)));
  });
});
