/** A tiny trained-looking network and the store folder that training would have left of it. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Architecture,
  type DatasetInfo,
  type Item,
  type ParameterValues,
  parameterTable,
  uniform,
} from "@plumage/models";
import { writeItems, writeSafetensors } from "@plumage/models/node";
import sharp from "sharp";
import { numbers } from "./oracle.ts";

export const tiny: Architecture = {
  name: "resnet-cgd",
  width: 8,
  blocks: [1, 1, 1, 1],
  descriptors: ["M", "G"],
  dimension: 16,
  classes: 3,
  imageSize: 40,
};

/**
 * Values as a network in mid-training has them: no scale is 1, no mean 0, and no two channels are
 * alike.
 */
export const trainedLooking = (architecture: Architecture, seed: number): ParameterValues =>
  new Map(
    parameterTable(architecture).map(({ name, shape, init }, i) => {
      if ("deviation" in init) {
        const spread = init.deviation * Math.sqrt(3);
        return [name, numbers(shape, seed + i, -spread, spread)];
      }
      const [low, high] = init.constant > 0 ? [0.5, 1.5] : [-0.3, 0.3];
      return [name, numbers(shape, seed + i, low, high)];
    }),
  );

export const dataset: DatasetInfo = {
  name: "patches",
  title: "Patches",
  description: "Colored patches",
  attributions: [
    { source: "a", title: "A", author: "Ann", licence: "MIT" },
    { source: "b", title: "B", author: "Bob", licence: "CC BY 4.0" },
    { source: "c", title: "C", author: "Cem", licence: "MIT" },
  ],
};

export async function writeCheckpoint(
  folder: string,
  {
    parameters = trainedLooking(tiny, 1),
    metadata = {},
  }: { parameters?: ParameterValues; metadata?: Record<string, string> } = {},
): Promise<void> {
  const shapes = new Map(parameterTable(tiny).map(({ name, shape }) => [name, shape]));
  const tensors = new Map(
    [...parameters].map(([name, data]) => [name, { shape: shapes.get(name)!, data }]),
  );
  const all = {
    format: "plumage-checkpoint/1",
    architecture: JSON.stringify(tiny),
    dataset: JSON.stringify(dataset),
    iteration: "21",
    ...metadata,
  };
  await writeSafetensors(join(folder, "checkpoint.safetensors"), tensors, all);
}

/** items.jsonl and its images: noise, none of them square, some with a box. */
export async function writeImages(folder: string, count: number): Promise<Item[]> {
  mkdirSync(folder, { recursive: true });
  const items: Item[] = [];
  for (let i = 0; i < count; i++) {
    const [width, height] = [30 + 11 * i, 90 - 5 * i];
    const next = uniform(i + 1);
    const data = Uint8Array.from({ length: width * height * 3 }, () => 256 * next());
    const path = join(folder, `${i}.png`);
    await sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(path);
    const box = i % 2 ? { box: { x: 2, y: 3.5, width: 20, height: 25 } } : {};
    items.push({
      id: `${i}`,
      path,
      label: `class ${i % 2}`,
      split: i % 3 === 0 ? "train" : "test",
      ...box,
    });
  }
  await writeItems(join(folder, "items.jsonl"), items);
  return items;
}
