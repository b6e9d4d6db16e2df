/**
 * Embeddings as a service: a worker thread, micro-batches of what is waiting, and a bounded queue.
 */
import { join } from "node:path";
import { type Manifest, PlumageError } from "@plumage/models";
import { readManifest, startWorker } from "@plumage/models/node";
import { checkedFile, checkGoldens } from "./goldens.ts";
import type { EmbedderData, EmbedReply, EmbedRequest } from "./protocol.ts";

export interface EmbedderOptions {
  readonly threads: number;
  /** Most images in one run. */
  readonly maxBatch: number;
  /** Most images that wait; one more is refused. */
  readonly maxQueue: number;
}

export interface Embedding {
  /** Unit length. */
  readonly embedding: Float32Array;
  /** Time of the run that this image was part of. */
  readonly milliseconds: number;
}

export interface Embedder {
  readonly manifest: Manifest;
  /** sha256 of the model file. */
  readonly model: string;
  /**
   * @param pixels RGB bytes, [side, side, 3]
   * @throws PlumageError "unavailable" when too many wait
   */
  embed(pixels: Uint8Array): Promise<Embedding>;
  /** Images that wait for the thread. */
  readonly waiting: number;
  /** Is called with the number of images in each run. */
  onBatch: (together: number) => void;
  close(): Promise<void>;
}

interface Waiting {
  readonly pixels: Uint8Array;
  resolve(embedding: Embedding): void;
  reject(error: Error): void;
}

/**
 * Opens the model of a store folder and checks it against its goldens.
 *
 * @throws PlumageError "bad-file" or "mismatch" for a model that cannot be used
 */
export async function openEmbedder(
  folder: string,
  { threads, maxBatch, maxQueue }: EmbedderOptions,
): Promise<Embedder> {
  const manifest = await readManifest(folder);
  const file = await checkedFile(folder, manifest);
  const side = manifest.preprocessing.imageSize;
  const { dimension } = manifest;
  const data: EmbedderData = { modelPath: join(folder, file.file), threads, side };
  const worker = startWorker(new URL("./worker.ts", import.meta.url), data);
  const queue: Waiting[] = [];
  let running: Waiting[] | undefined;
  let batch = 0;
  let broken: Error | undefined;

  /**
   * Sends what is waiting, as soon as the thread is free: under load batches fill by themselves.
   */
  const pump = () => {
    if (running || queue.length === 0) return;
    running = queue.splice(0, maxBatch);
    const pixels = new Uint8Array(running.length * side * side * 3);
    running.forEach((waiting, i) => {
      pixels.set(waiting.pixels, i * waiting.pixels.length);
    });
    worker.postMessage({ batch: ++batch, pixels, count: running.length } satisfies EmbedRequest, [
      pixels.buffer,
    ]);
  };
  const fail = (error: Error) => {
    broken = error;
    for (const waiting of [...(running ?? []), ...queue.splice(0)]) waiting.reject(error);
    running = undefined;
  };
  const ready = new Promise<void>((resolve, reject) => {
    worker.on("error", (error) => {
      reject(
        new PlumageError(
          "bad-file",
          `${file.file} cannot be loaded: ${error.message}`,
          "run: npm run export",
        ),
      );
      fail(
        new PlumageError("unavailable", "the embedder has stopped", undefined, { cause: error }),
      );
    });
    worker.on("message", (reply: EmbedReply) => {
      if (reply.kind === "ready") return resolve();
      const finished = running!;
      running = undefined;
      embedder.onBatch(finished.length);
      finished.forEach((waiting, i) => {
        if (reply.kind === "failed") waiting.reject(new Error(reply.message));
        else {
          const embedding = reply.embeddings.slice(i * dimension, (i + 1) * dimension);
          waiting.resolve({ embedding, milliseconds: reply.milliseconds });
        }
      });
      pump();
    });
  });
  await ready;

  const embedder: Embedder = {
    manifest,
    model: file.sha256,
    embed: (pixels) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        if (queue.length >= maxQueue) {
          return reject(
            new PlumageError("unavailable", "too many images are waiting", "try again in a moment"),
          );
        }
        queue.push({ pixels, resolve, reject });
        pump();
      }),
    onBatch: () => undefined,
    get waiting() {
      return queue.length;
    },
    async close() {
      await worker.terminate();
    },
  };
  try {
    await checkGoldens(manifest, embedder.embed);
  } catch (error) {
    await embedder.close();
    throw error;
  }
  return embedder;
}
