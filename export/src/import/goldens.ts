/** Golden test vectors of an imported encoder. */
import type { Item, ResizeStep } from "@plumage/models";
import sharp from "sharp";
import {
  type GoldenInput,
  type GoldenVectors,
  goldenCount,
  goldenInput,
  goldenInputs,
} from "../embedder/goldens.ts";
import { concatenate } from "../embedder/images.ts";
import type { Head } from "./head.ts";
import type { Reference } from "./reference.ts";

/**
 * Embeds images with the encoder as it came, one at a time.
 *
 * @param items held-out images to choose from; without any, images are drawn
 * @param steps resize steps
 */
export async function importedGoldens(
  reference: Reference,
  head: Head,
  items: readonly Item[],
  steps: readonly ResizeStep[],
): Promise<GoldenVectors> {
  const inputs = items.length > 0 ? await goldenInputs(items, steps) : await drawnInputs(steps);
  const embeddings = new Float32Array(inputs.length * head.dimension);
  for (const [i, { pixels }] of inputs.entries())
    embeddings.set(await reference.embed(pixels, head), i * head.dimension);
  return { inputs, ...concatenate(inputs.map(({ pixels }) => pixels)), embeddings };
}

const drawnInputs = (steps: readonly ResizeStep[]): Promise<GoldenInput[]> =>
  Promise.all(
    Array.from({ length: goldenCount }, async (_, i) => goldenInput(await drawnImage(i), steps)),
  );

/** A PNG that is not square, of soft stripes: their directions and colors are the number's own. */
export async function drawnImage(number: number): Promise<Uint8Array> {
  const [width, height] = [160 + 16 * number, 144 - 8 * number];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++) {
        const angle = 1 + number + 0.7 * channel;
        const along = Math.cos(angle) * x + Math.sin(angle) * y;
        const across = Math.cos(angle) * y - Math.sin(angle) * x;
        const wave = Math.sin(along / (4 + 3 * channel)) * Math.cos(across / (9 + 5 * number));
        data[(y * width + x) * 3 + channel] = 127.5 + 127 * wave;
      }
    }
  }
  const raw = { width, height, channels: 3 } as const;
  return sharp(data, { raw }).png().toBuffer();
}
