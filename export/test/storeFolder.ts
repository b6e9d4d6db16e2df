/** A store folder as training leaves it, with a tiny network and images of noise. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type DatasetInfo, type Item, type ParameterValues, parameterTable } from "@plumage/models";
import { storePaths, writeItems, writeSafetensors } from "@plumage/models/node";
import { randomBytes, randomParameters, tinyArchitecture } from "@plumage/models/testing";
import sharp from "sharp";

export const tiny = tinyArchitecture(3, 40);

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
    parameters = randomParameters(tiny, 1),
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
    settings: "{}",
    iteration: "21",
    seconds: "1.0",
    ...metadata,
  };
  await writeSafetensors(storePaths(folder).checkpoint, tensors, all);
}

/** Writes items.jsonl and its images: noise, none of them square, some with a box. */
export async function writeImages(folder: string, count: number): Promise<Item[]> {
  mkdirSync(folder, { recursive: true });
  const items: Item[] = [];
  for (let i = 0; i < count; i++) {
    const [width, height] = [30 + 11 * i, 90 - 5 * i];
    const data = randomBytes(width * height * 3, i + 1);
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
  await writeItems(folder, items);
  return items;
}
