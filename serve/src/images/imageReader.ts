/** Decodes and resizes images in processes of their own, behind queues that are bounded in cost. */
import type { Box, ResizeStep } from "@plumage/models";
import type { PoolCallOptions } from "@plumage/models/rpc/node";
import type { ModelPixels } from "./decodeForModel.ts";
import { type DecoderPool, decoderPools } from "./decoderPools.ts";
import { announcedCost, maxCost, maxSharedCost } from "./decodingCost.ts";
import type { TooCostly } from "./imageReaderWorker.ts";

export interface ImageReaderOptions {
  /** Images decoded at a time, besides one large image. */
  readonly threads: number;
  /** Pixels that may wait, of large images and of others each. No limit by default. */
  readonly maxWaitingPixels?: number;
  /** The model's resize steps. */
  readonly resize: readonly ResizeStep[];
}

export interface ReadOptions {
  /** The part of the image that the model gets. */
  readonly box?: Box | undefined;
  /** Drops the image when its client has left. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Every method throws PlumageError "bad-image" for bytes that cannot be decoded, in time or at all,
 * and "unavailable" if too many pixels are waiting.
 */
export interface ImageReader {
  read(bytes: Uint8Array, options?: ReadOptions): Promise<ModelPixels>;
  /** Also returns the digest of the encoded image, by which a stored upload is named. */
  readWithDigest(
    bytes: Uint8Array,
    options?: ReadOptions,
  ): Promise<ModelPixels & { readonly sha256: string }>;
  /** A WebP that fits into a square of `size` pixels. */
  thumbnail(
    bytes: Uint8Array,
    size: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** A reader for another model, with the same processes and queues. */
  withResize(resize: readonly ResizeStep[]): ImageReader;
  /** Images that wait for a decoder. */
  readonly waiting: number;
  close(): Promise<void>;
}

export function openImageReader(options: ImageReaderOptions): ImageReader {
  const { threads, maxWaitingPixels = Number.POSITIVE_INFINITY } = options;
  const { shared, large } = decoderPools(threads, maxWaitingPixels);

  /** Gives an image to the decoders for its cost. */
  const call = async <Result>(
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
    method: (pool: DecoderPool, maxCost: number, options: PoolCallOptions) => Promise<Result>,
  ): Promise<Exclude<Result, TooCostly>> => {
    let cost = announcedCost(bytes);
    // What announces to be beyond the limit is refused by its header, which takes no time.
    if (cost <= maxSharedCost || cost > maxCost) {
      const waiting = { cost: Math.min(cost, maxSharedCost), signal };
      const result = await method(shared, maxSharedCost, waiting);
      if (!isTooCostly(result)) return result as Exclude<Result, TooCostly>;
      cost = result.cost;
    }
    return (await method(large, maxCost, { cost, signal })) as Exclude<Result, TooCostly>;
  };
  const readerWith = (resize: readonly ResizeStep[]): ImageReader => {
    const read = (bytes: Uint8Array, { box, signal }: ReadOptions, withDigest: boolean) =>
      call(bytes, signal, (pool, maxCost, options) =>
        pool.call("read", { bytes, box, resize, withDigest, maxCost }, options),
      );
    return {
      read: (bytes, options = {}) => read(bytes, options, false),
      async readWithDigest(bytes, options = {}) {
        const { sha256, ...image } = await read(bytes, options, true);
        return { ...image, sha256: sha256! };
      },
      thumbnail: (bytes, size, signal) =>
        call(bytes, signal, (pool, maxCost, options) =>
          pool.call("thumbnail", { bytes, size, maxCost }, options),
        ),
      withResize: readerWith,
      get waiting() {
        return shared.waiting + large.waiting;
      },
      async close() {
        await Promise.all([shared.close(), large.close()]);
      },
    };
  };
  return readerWith(options.resize);
}

const isTooCostly = (result: unknown): result is TooCostly =>
  typeof result === "object" && result !== null && "cost" in result;
