/**
 * Reading images as a service: decoded and resized in threads, one at a time in each, behind a
 * bounded queue.
 */
import { type Box, PlumageError } from "@plumage/models";
import { startWorker } from "@plumage/models/node";
import type { ReaderData, ReadImage, ReadReply, ReadRequest } from "./protocol.ts";

export interface ReaderOptions {
  /** A decoded image may take 300 MB: so many are in memory at most. */
  readonly threads: number;
  /** Most images that wait; one more is refused. */
  readonly maxQueue: number;
  /** The model's steps of resizing. */
  readonly resize: readonly number[];
}

export interface ImageReader {
  /** @throws PlumageError "bad-image" for what cannot be read, "unavailable" when too many wait */
  read(bytes: Uint8Array, box?: Box): Promise<ReadImage>;
  /** The same for an image that is kept, which its digest names. */
  readKept(bytes: Uint8Array): Promise<ReadImage & { readonly sha256: string }>;
  /** Images that wait for a thread. */
  readonly waiting: number;
  close(): Promise<void>;
}

interface Waiting extends ReadRequest {
  resolve(image: ReadImage): void;
  reject(error: Error): void;
}

export function openImageReader({ threads, maxQueue, resize }: ReaderOptions): ImageReader {
  const queue: Waiting[] = [];
  let broken: Error | undefined;
  const workers = Array.from({ length: threads }, () =>
    startWorker(new URL("./worker.ts", import.meta.url), { resize } satisfies ReaderData),
  );
  const busy = new Map<(typeof workers)[number], Waiting>();

  const pump = () => {
    for (const worker of workers) {
      if (queue.length === 0) return;
      if (busy.has(worker)) continue;
      const next = queue.shift()!;
      busy.set(worker, next);
      const { bytes, box, isKept } = next;
      worker.postMessage({ bytes, box, isKept } satisfies ReadRequest);
    }
  };
  for (const worker of workers) {
    worker.on("error", (cause) => {
      broken = new PlumageError(
        "unavailable",
        "the reader of images has stopped",
        "start the server again",
        {
          cause,
        },
      );
      for (const { reject } of [...busy.values(), ...queue.splice(0)]) reject(broken);
      busy.clear();
    });
    worker.on("message", (reply: ReadReply) => {
      const { resolve, reject } = busy.get(worker)!;
      busy.delete(worker);
      pump();
      if (reply.kind === "done") resolve(reply.image);
      else if (reply.kind === "failed") reject(new Error(reply.message));
      else reject(new PlumageError(reply.code, reply.message, reply.hint));
    });
  }
  const ask = (request: ReadRequest) =>
    new Promise<ReadImage>((resolve, reject) => {
      if (broken) return reject(broken);
      if (queue.length >= maxQueue) {
        return reject(
          new PlumageError("unavailable", "too many images are waiting", "try again in a moment"),
        );
      }
      queue.push({ ...request, resolve, reject });
      pump();
    });
  return {
    read: (bytes, box) => ask({ bytes, box, isKept: false }),
    readKept: async (bytes) => {
      const image = await ask({ bytes, box: undefined, isKept: true });
      return { ...image, sha256: image.sha256! };
    },
    get waiting() {
      return queue.length;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
