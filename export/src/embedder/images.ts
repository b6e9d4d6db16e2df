/** Images of a data set as the bytes that the graph takes. */
import { readFile } from "node:fs/promises";
import { cropAndResize, type Item, PlumageError } from "@plumage/models";
import { decodeImage } from "@plumage/models/node";

export interface Images {
  /** RGB bytes [count, S, S, 3]. */
  readonly images: Uint8Array;
  readonly count: number;
}

/** The held-out items; all of them where none is held out. */
export function heldOutItems(items: readonly Item[]): readonly Item[] {
  const heldOut = items.filter((item) => item.split === "test");
  const pool = heldOut.length > 0 ? heldOut : items;
  if (pool.length === 0)
    throw new PlumageError("bad-file", "items.jsonl is empty", "run: npm run train");
  return pool;
}

/** Some of a list's members, spread evenly over it. */
export const spread = <T>(members: readonly T[], count: number): T[] =>
  Array.from(
    { length: Math.min(count, members.length) },
    (_, i) => members[Math.floor(((i + 0.5) * members.length) / Math.min(count, members.length))]!,
  );

/**
 * Decodes, crops and resizes items, a batch at a time; the next one is put in hand while the caller
 * works on this one.
 *
 * @param sides resize steps, as in the manifest
 * @throws PlumageError "bad-image" that names the file
 */
export async function* imageBatches(
  items: readonly Item[],
  sides: readonly number[],
  size: number,
): AsyncGenerator<Images> {
  const load = (start: number) =>
    Promise.all(items.slice(start, start + size).map((item) => itemPixels(item, sides)));
  let next = load(0);
  for (let start = 0; start < items.length; start += size) {
    const batch = await next;
    next = load(start + size);
    // Whoever awaits it is told; a caller that stops before must not leave an unhandled rejection.
    next.catch(() => undefined);
    yield joined(batch);
  }
}

/** Images of one size as one array. */
export function joined(images: readonly Uint8Array[]): Images {
  const bytes = images[0]?.length ?? 0;
  const pixels = new Uint8Array(images.length * bytes);
  images.forEach((image, i) => {
    pixels.set(image, i * bytes);
  });
  return { images: pixels, count: images.length };
}

async function itemPixels({ path, box }: Item, sides: readonly number[]): Promise<Uint8Array> {
  try {
    return cropAndResize(await decodeImage(await readFile(path)), sides, box);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlumageError("bad-image", `${path}: ${reason}`, "run: npm run train", {
      cause: error,
    });
  }
}
