/** Decodes and resizes images in a pool of worker threads behind a bounded queue. */
import { type Box, PlumageError } from "@plumage/models";
import { Client, Pool } from "@plumage/models/rpc";
import { startWorker, workerChannel } from "@plumage/models/rpc/node";
import type { ModelPixels } from "./decodeForModel.ts";
import type { ImageReaderData, ImageReaderMethods } from "./imageReaderWorker.ts";

export interface ImageReaderOptions {
  /** Images decoded at a time. A decoded image may take 300 MB, so this also bounds memory. */
  readonly threads: number;
  /** Images that may wait; one more is refused. */
  readonly maxQueue: number;
  /** The model's resize steps. */
  readonly resize: readonly number[];
}

export interface ImageReader {
  /**
   * @throws PlumageError "bad-image" for bytes that cannot be decoded, "unavailable" if the queue
   *   is full
   */
  read(bytes: Uint8Array, box?: Box): Promise<ModelPixels>;
  /** Also returns the digest of the encoded image, by which a stored upload is named. */
  readWithDigest(bytes: Uint8Array): Promise<ModelPixels & { readonly sha256: string }>;
  /** Images that wait for a thread. */
  readonly waiting: number;
  close(): Promise<void>;
}

export function openImageReader({ threads, maxQueue, resize }: ImageReaderOptions): ImageReader {
  const url = new URL("./imageReaderWorker.ts", import.meta.url);
  const start = () => {
    const worker = startWorker(url, { resize } satisfies ImageReaderData);
    return new Client<ImageReaderMethods>(workerChannel(worker), { failure: stopped });
  };
  const pool = new Pool(Array.from({ length: threads }, start), {
    maxWaiting: maxQueue,
    refusal: queueFull,
  });
  return {
    read: (bytes, box) => pool.call("read", { bytes, box }),
    async readWithDigest(bytes) {
      const { sha256, ...image } = await pool.call("read", { bytes, withDigest: true });
      return { ...image, sha256: sha256! };
    },
    get waiting() {
      return pool.waiting;
    },
    close: () => pool.close(),
  };
}

const stopped = (cause: Error) =>
  new PlumageError("unavailable", "an image reader thread stopped", "restart the server", {
    cause,
  });

const queueFull = () =>
  new PlumageError("unavailable", "too many images are waiting", "try again in a moment");
