/** Generates images to train a tiny network on. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatasetInfo, Item } from "@plumage/models";
import { randomFloats } from "@plumage/models/testing";
import sharp from "sharp";

export const generatedInfo: DatasetInfo = {
  name: "generated",
  title: "Generated",
  description: "Noisy patches, one color per class.",
  attributions: [],
};

/** Writes image files of noisy patches, one color per class. */
export async function generatedItems(
  folder: string,
  classes: number,
  perClass: number,
): Promise<Item[]> {
  mkdirSync(folder, { recursive: true });
  const items: Item[] = [];
  for (let label = 0; label < classes; label++) {
    const color = randomFloats(3, 100 + label, 40, 216);
    for (let i = 0; i < perClass; i++) {
      const [width, height] = [40 + 3 * i, 48 - 2 * i];
      const noise = randomFloats(width * height * 3, 1000 * label + i, -40, 40);
      const data = Uint8Array.from(noise, (value, at) => color[at % 3]! + value);
      const path = join(folder, `${label}-${i}.png`);
      await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toFile(path);
      items.push({ id: `${label}-${i}`, path, label: `class ${label}`, split: "train" });
    }
  }
  return items;
}
