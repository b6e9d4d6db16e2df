/** Prefetches training batches in worker threads. */
import type { Item } from "@plumage/models";
import { Client } from "@plumage/models/rpc";
import { startWorker, workerChannel } from "@plumage/models/rpc/node";
import type { AugmentationName } from "./augment.ts";
import type { LoaderData, LoaderMethods } from "./loaderWorker.ts";

export interface LoaderOptions {
  /** The training items. */
  readonly items: readonly Item[];
  /** Class number of each item. */
  readonly classes: Int32Array;
  /** Item numbers of a batch, a pure function of the iteration. */
  readonly sample: (iteration: number) => number[];
  /** Size of the augmented images in pixels. */
  readonly imageSize: number;
  readonly augmentation: AugmentationName;
  readonly seed: number;
  readonly workers: number;
}

export interface LoadedBatch {
  /** RGB bytes, [batch, imageSize, imageSize, 3], or features, [batch, length]. */
  readonly input: Uint8Array | Float32Array;
  /** Class numbers, [batch]. */
  readonly labels: Int32Array;
  /** Milliseconds that the caller waited for the input. */
  readonly waitedMs: number;
}

export interface Loader {
  /**
   * Returns the batch of an iteration and prefetches the next ones.
   *
   * @throws PlumageError "bad-image" for an image that cannot be read
   */
  batch(iteration: number): Promise<LoadedBatch>;
  close(): Promise<void>;
}

/** Batches to prefetch beyond the requested one. */
const prefetchedBatches = 2;
/** Memory for decoded images over all workers. */
const cacheBytes = 2 * 2 ** 30;

interface Pending {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly filled: Promise<unknown>;
}

/**
 * Starts the workers. Pixels depend on the seed, the iteration and the position in the batch, not
 * on the number of workers.
 */
export function openLoader(options: LoaderOptions): Loader {
  const { items, classes, sample, imageSize, augmentation, seed, workers } = options;
  const data: LoaderData = {
    items: items.map(({ path, box }) => (box ? { path, box } : { path })),
    imageSize,
    augmentation,
    cacheBytes: cacheBytes / workers,
  };
  const clients = Array.from({ length: workers }, () => {
    const worker = startWorker(new URL("./loaderWorker.ts", import.meta.url), data);
    return new Client<LoaderMethods>(workerChannel(worker));
  });

  const load = (iteration: number): Pending => {
    const sampled = sample(iteration);
    const target = new SharedArrayBuffer(sampled.length * imageSize * imageSize * 3);
    const slots = sampled.map((item, slot) => ({
      item,
      slot,
      seed: imageSeed(seed, iteration, slot),
    }));
    const filled = Promise.all(
      clients.map((client, worker) => {
        // An item always goes to the same worker, which caches it decoded.
        const own = slots.filter(({ item }) => item % clients.length === worker);
        return client.call("fill", { target, slots: own });
      }),
    );
    // A failure is reported when its batch is requested, not as an unhandled rejection before.
    filled.catch(() => undefined);
    const labels = Int32Array.from(sampled, (item) => classes[item]!);
    return { images: new Uint8Array(target), labels, filled };
  };

  const pending = new Map<number, Pending>();
  const prefetch = (iteration: number): Pending => {
    const batch = pending.get(iteration) ?? load(iteration);
    pending.set(iteration, batch);
    return batch;
  };

  return {
    async batch(iteration) {
      const { images, labels, filled } = prefetch(iteration);
      for (let ahead = 1; ahead <= prefetchedBatches; ahead++) prefetch(iteration + ahead);
      const started = performance.now();
      await filled;
      pending.delete(iteration);
      // Native code does not accept shared memory.
      return { input: images.slice(), labels, waitedMs: performance.now() - started };
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}

/** Mixes three numbers into one, so that every image of every batch is augmented differently. */
const imageSeed = (seed: number, iteration: number, slot: number): number =>
  (Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) ^
    Math.imul(iteration + 1, 0x85ebca6b) ^
    Math.imul(slot + 1, 0xc2b2ae35)) >>>
  0;
