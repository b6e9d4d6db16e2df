/** Decodes image files to the pixels that the network sees. */
import { readFile } from "node:fs/promises";
import {
  cropAndResize,
  type Item,
  PlumageError,
  type ResizeStep,
  resizedSize,
} from "@plumage/models";
import { decodeImage } from "@plumage/models/node";

/**
 * Decodes an item's image, crops it to its box and resizes it to a square.
 *
 * @param steps one size, or several resize steps in order
 * @throws PlumageError "bad-image" that names the file
 */
export async function loadPixels(
  item: Pick<Item, "path" | "box">,
  steps: number | readonly ResizeStep[],
): Promise<Uint8Array> {
  try {
    return cropAndResize(await decodeImage(await readFile(item.path)), steps, item.box);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = error instanceof PlumageError ? error.hint : undefined;
    throw new PlumageError("bad-image", `${item.path}: ${reason}`, hint, { cause: error });
  }
}

export interface PixelBatch {
  /** RGB bytes, [count, size, size, 3]. */
  readonly images: Uint8Array;
  readonly count: number;
  /** Position of the batch's first item. */
  readonly start: number;
}

/**
 * Yields the items in order and without augmentation, decoding one batch ahead.
 *
 * @param steps resize steps, in order
 */
export async function* evaluationBatches(
  items: readonly Pick<Item, "path" | "box">[],
  steps: readonly ResizeStep[],
  batch: number,
): AsyncGenerator<PixelBatch> {
  const bytes = resizedSize(steps.at(-1)!) ** 2 * 3;
  const load = (start: number) =>
    Promise.all(items.slice(start, start + batch).map((item) => loadPixels(item, steps)));
  let next = load(0);
  for (let start = 0; start < items.length; start += batch) {
    const loaded = await next;
    next = load(start + batch);
    const images = new Uint8Array(loaded.length * bytes);
    loaded.forEach((image, i) => {
      images.set(image, i * bytes);
    });
    yield { images, count: loaded.length, start };
  }
}

/** Mirrors images left to right. @param images RGB bytes, [count, size, size, 3] */
export function mirrored(images: Uint8Array, size: number): Uint8Array {
  const flipped = new Uint8Array(images.length);
  for (let row = 0; row < images.length; row += size * 3) {
    for (let x = 0; x < size; x++) {
      const from = row + 3 * x;
      flipped.set(images.subarray(from, from + 3), row + 3 * (size - 1 - x));
    }
  }
  return flipped;
}
