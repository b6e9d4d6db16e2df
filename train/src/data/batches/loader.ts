/** Training batches, made in worker threads ahead of the step that wants them. */
import type { Item } from "@plumage/models";
import { startWorker } from "@plumage/models/node";
import type { Batch } from "../../engine/engine.ts";
import type { AugmentationName } from "./augment.ts";
import type { LoaderData, LoaderReply, LoaderTask } from "./loaderWorker.ts";

export interface LoaderOptions {
  readonly items: readonly Item[];
  /** Class number of each item. */
  readonly classes: Int32Array;
  /** Item numbers of a batch, a pure function of the iteration. */
  readonly sample: (iteration: number) => number[];
  readonly side: number;
  readonly augmentation: AugmentationName;
  readonly seed: number;
  readonly workers: number;
}

export interface Loader {
  /**
   * The batch of an iteration, and how long it was waited for. Later ones are put in hand
   * meanwhile.
   */
  batch(iteration: number): Promise<Batch & { waitedMs: number }>;
  close(): Promise<void>;
}

/** Batches in hand beyond the one that is asked for. */
const ahead = 2;
/** Decoded images kept in memory, over all workers. */
const cacheBytes = 2 * 2 ** 30;

interface Pending {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  readonly done: Promise<void>;
  /** One thread has filled its places. */
  filled(): void;
  fail(error: Error): void;
}

/**
 * Starts the threads. The pixels depend on the seed, the iteration and the place in the batch, not
 * on the number of threads.
 *
 * An image that cannot be read makes every batch from then on fail with its PlumageError
 * "bad-image".
 */
export function openLoader({
  items,
  classes,
  sample,
  side,
  augmentation,
  seed,
  workers,
}: LoaderOptions): Loader {
  const data: LoaderData = {
    items: items.map(({ path, box }) => (box ? { path, box } : { path })),
    side,
    augmentation,
    cacheBytes: cacheBytes / workers,
  };
  const threads = Array.from({ length: workers }, () =>
    startWorker(new URL("./loaderWorker.ts", import.meta.url), data),
  );
  const pending = new Map<number, Pending>();
  let broken: Error | undefined;
  for (const thread of threads) {
    thread.on("message", (batch: LoaderReply) => pending.get(batch)?.filled());
    // Unlike a message, this event brings a PlumageError with its code and hint.
    thread.on("error", (error: Error) => {
      broken = error;
      for (const entry of pending.values()) entry.fail(error);
    });
  }

  const request = (iteration: number): Pending => {
    const known = pending.get(iteration);
    if (known) return known;
    const chosen = sample(iteration);
    const target = new SharedArrayBuffer(chosen.length * side * side * 3);
    const { promise, resolve, reject } = withResolvers();
    let left = threads.length;
    const entry: Pending = {
      images: new Uint8Array(target),
      labels: Int32Array.from(chosen, (item) => classes[item]!),
      done: promise,
      filled: () => {
        if (--left === 0) resolve();
      },
      fail: reject,
    };
    // A failure is reported when its batch is asked for, not as an unhandled rejection before.
    promise.catch(() => undefined);
    pending.set(iteration, entry);
    if (broken) reject(broken);
    const places = chosen.map((item, place) => ({
      item,
      place,
      seed: imageSeed(seed, iteration, place),
    }));
    threads.forEach((thread, worker) => {
      // An item always goes to the same worker, which keeps it decoded.
      const own = places.filter(({ item }) => item % threads.length === worker);
      thread.postMessage({ batch: iteration, target, places: own } satisfies LoaderTask);
    });
    return entry;
  };

  return {
    async batch(iteration) {
      const entry = request(iteration);
      for (let later = 1; later <= ahead; later++) request(iteration + later);
      const started = performance.now();
      await entry.done;
      pending.delete(iteration);
      // Native code does not take shared memory: hand out a copy.
      return {
        images: entry.images.slice(),
        labels: entry.labels,
        waitedMs: performance.now() - started,
      };
    },
    async close() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

/** One number from three, well mixed: every image of every batch is augmented in its own way. */
const imageSeed = (seed: number, iteration: number, place: number): number =>
  (Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) ^
    Math.imul(iteration + 1, 0x85ebca6b) ^
    Math.imul(place + 1, 0xc2b2ae35)) >>>
  0;

function withResolvers() {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
