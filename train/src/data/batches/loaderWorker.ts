/** A loader's worker thread: decodes and augments its share of a batch into shared memory. */
import { workerData } from "node:worker_threads";
import type { Item } from "@plumage/models";
import { serve } from "@plumage/models/rpc";
import { parentChannel } from "@plumage/models/rpc/node";
import { type AugmentationName, augment, augmentations, baseSize } from "./augment.ts";
import { loadPixels } from "./pixels.ts";

export interface LoaderData {
  readonly items: readonly Pick<Item, "path" | "box">[];
  readonly imageSize: number;
  readonly augmentation: AugmentationName;
  /** Memory limit for decoded images. */
  readonly cacheBytes: number;
}

export interface LoaderMethods {
  /** Writes the images of the given slots into the batch's pixels. */
  fill(params: {
    readonly target: SharedArrayBuffer;
    readonly slots: readonly {
      readonly item: number;
      /** Position in the batch. */
      readonly slot: number;
      readonly seed: number;
    }[];
  }): void;
}

const { items, imageSize, augmentation, cacheBytes } = workerData as LoaderData;
const options = augmentations[augmentation];
const size = baseSize(imageSize, options);
const cache = new Map<number, Uint8Array>();
const cacheLimit = Math.floor(cacheBytes / (size * size * 3));

/** The image before augmentation; once the cache is full, further images are decoded each time. */
async function baseImage(item: number): Promise<Uint8Array> {
  const cached = cache.get(item);
  if (cached) return cached;
  const pixels = await loadPixels(items[item]!, size);
  if (cache.size < cacheLimit) cache.set(item, pixels);
  return pixels;
}

serve<LoaderMethods>(parentChannel(), {
  async fill({ target, slots }) {
    const bytes = imageSize * imageSize * 3;
    for (const { item, slot, seed } of slots) {
      const pixels = new Uint8Array(target, slot * bytes, bytes);
      augment(await baseImage(item), size, pixels, imageSize, options, seed);
    }
  },
});
