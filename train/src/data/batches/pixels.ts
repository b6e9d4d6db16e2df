/** Image files as the pixels that the network sees. */
import { readFile } from "node:fs/promises";
import { cropAndResize, type Item, PlumageError } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";

/** An item's image at a square size: decoded, cropped to its box, resized. Errors name the file. */
export async function loadPixels(
  item: Pick<Item, "path" | "box">,
  sides: number | readonly number[],
): Promise<Uint8Array> {
  try {
    return cropAndResize(await decodeImage(await readFile(item.path)), sides, item.box);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = error instanceof PlumageError ? error.hint : undefined;
    throw new PlumageError("bad-image", `${item.path}: ${reason}`, hint, { cause: error });
  }
}

export interface PixelBatch {
  /** RGB bytes, [count, S, S, 3]. */
  readonly images: Uint8Array;
  readonly count: number;
  /** Number of the first item in the batch. */
  readonly start: number;
}

/**
 * Items in order, without augmentation, a batch at a time. @param sides that images are resized to
 * in turn
 */
export async function* evaluationBatches(
  items: readonly Item[],
  sides: readonly number[],
  batch: number,
): AsyncGenerator<PixelBatch> {
  const bytes = sides.at(-1)! ** 2 * 3;
  const load = (start: number) =>
    Promise.all(items.slice(start, start + batch).map((item) => loadPixels(item, sides)));
  // The next batch is decoded while the caller works on this one.
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
