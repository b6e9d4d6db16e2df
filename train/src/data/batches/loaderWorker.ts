/**
 * A loader's worker thread: decodes its share of a batch, augments it and writes it into shared
 * memory.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Item } from "@plumage/models";
import { type AugmentationName, augment, augmentations, baseSide } from "./augment.ts";
import { loadPixels } from "./pixels.ts";

export interface LoaderData {
  readonly items: readonly Pick<Item, "path" | "box">[];
  readonly side: number;
  readonly augmentation: AugmentationName;
  /** Decoded images are kept up to this many bytes. */
  readonly cacheBytes: number;
}

export interface LoaderTask {
  readonly batch: number;
  /** The whole batch's pixels; the worker fills its places. */
  readonly target: SharedArrayBuffer;
  readonly places: readonly {
    readonly item: number;
    readonly place: number;
    readonly seed: number;
  }[];
}
/**
 * The number of a batch whose places are filled. An error is not a reply: it ends the thread, as a
 * worker's "error" event.
 */
export type LoaderReply = number;

const { items, side, augmentation, cacheBytes } = workerData as LoaderData;
const base = baseSide(side, augmentations[augmentation]);
const cache = new Map<number, Uint8Array>();
const cacheLimit = Math.floor(cacheBytes / (base * base * 3));

async function image(item: number): Promise<Uint8Array> {
  const known = cache.get(item);
  if (known) return known;
  const pixels = await loadPixels(items[item]!, base);
  if (cache.size < cacheLimit) cache.set(item, pixels);
  return pixels;
}

parentPort!.on("message", async ({ batch, target, places }: LoaderTask) => {
  const bytes = side * side * 3;
  for (const { item, place, seed } of places) {
    const pixels = new Uint8Array(target, place * bytes, bytes);
    augment(await image(item), base, pixels, side, augmentations[augmentation], seed);
  }
  parentPort!.postMessage(batch satisfies LoaderReply);
});
