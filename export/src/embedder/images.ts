/** Loads a data set's images as the embedder's input. */
import { readFile } from "node:fs/promises";
import { cropAndResize, type Item, PlumageError, type ResizeStep } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";

export interface Images {
  /** RGB bytes [count, S, S, 3]. */
  readonly images: Uint8Array;
  readonly count: number;
}

/**
 * The held-out items, or all items if none is held out.
 *
 * @throws PlumageError "bad-file" if there are no items
 */
export function heldOutItems(items: readonly Item[]): readonly Item[] {
  if (items.length === 0)
    throw new PlumageError("bad-file", "items.jsonl is empty", "run: npm run train");
  const heldOut = items.filter((item) => item.split === "test");
  return heldOut.length > 0 ? heldOut : items;
}

/** Picks up to `count` members, evenly spread over the list. */
export function spread<T>(members: readonly T[], count: number): T[] {
  const length = Math.min(count, members.length);
  return Array.from(
    { length },
    (_, i) => members[Math.floor(((i + 0.5) * members.length) / length)]!,
  );
}

/**
 * Decodes, crops and resizes items in batches, and prefetches the next batch.
 *
 * @param steps resize steps, as in the manifest
 * @throws PlumageError "bad-image" that names the file
 */
export async function* imageBatches(
  items: readonly Item[],
  steps: readonly ResizeStep[],
  batchSize: number,
): AsyncGenerator<Images> {
  const load = (start: number) =>
    Promise.all(items.slice(start, start + batchSize).map((item) => itemPixels(item, steps)));
  let next = load(0);
  for (let start = 0; start < items.length; start += batchSize) {
    const batch = await next;
    next = load(start + batchSize);
    // `await` above reports the error; this avoids an unhandled rejection if the caller stops.
    next.catch(() => undefined);
    yield concatenate(batch);
  }
}

/** Concatenates images of the same size. */
export function concatenate(images: readonly Uint8Array[]): Images {
  const bytes = images[0]?.length ?? 0;
  const pixels = new Uint8Array(images.length * bytes);
  images.forEach((image, i) => {
    pixels.set(image, i * bytes);
  });
  return { images: pixels, count: images.length };
}

async function itemPixels({ path, box }: Item, steps: readonly ResizeStep[]): Promise<Uint8Array> {
  try {
    return cropAndResize(await decodeImage(await readFile(path)), steps, box);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PlumageError("bad-image", `${path}: ${reason}`, "run: npm run train", { cause });
  }
}
