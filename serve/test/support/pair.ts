/** A tiny pair of encoders of images and words for colors, and images of those colors. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { importModel } from "@plumage/export/import";
import type { Item, Manifest } from "@plumage/models";
import { repositoryRoot } from "@plumage/models/node";
import sharp from "sharp";

const fixtures = join(repositoryRoot(), "export", "test", "fixtures", "pair");
const tokenizers = join(repositoryRoot(), "models", "test", "fixtures", "tokenizers");

/** Imports the pair into a folder. */
export const writePair = (folder: string): Promise<Manifest> =>
  importModel("pair", folder, () => undefined, {
    path: join(fixtures, "image.onnx"),
    choices: { preset: "clip", size: 32 },
    text: {
      path: join(fixtures, "text.onnx"),
      tokenizer: join(tokenizers, "clip.json"),
      textOutput: "text_embeds",
    },
  });

/** The colors that the fixtures' script has trained. */
const colors = {
  red: [220, 30, 30],
  green: [30, 180, 50],
  blue: [30, 60, 220],
  black: [15, 15, 15],
  white: [245, 245, 245],
} as const;

/** One image of each color, in a folder; its label and id are the color's name. */
export async function writeColors(folder: string): Promise<Item[]> {
  await mkdir(folder, { recursive: true });
  const items: Item[] = [];
  for (const [name, [r, g, b]] of Object.entries(colors)) {
    const path = join(folder, `${name}.png`);
    const background = { r, g, b };
    const square = await sharp({ create: { width: 26, height: 26, channels: 3, background } })
      .png()
      .toBuffer();
    const gray = { r: 120, g: 120, b: 120 };
    const create = { width: 32, height: 32, channels: 3, background: gray } as const;
    const image = sharp({ create }).composite([{ input: square, left: 3, top: 4 }]);
    await writeFile(path, await image.png().toBuffer());
    items.push({ id: name, path, label: name, split: "test" });
  }
  return items;
}
