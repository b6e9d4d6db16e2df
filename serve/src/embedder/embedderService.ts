/** Embeds images and texts on a worker thread, images in micro-batches, behind bounded queues. */
import { basename, join } from "node:path";
import { type Manifest, PlumageError, writeAgainHint } from "@plumage/models";
import { readManifest } from "@plumage/models/node";
import { Client } from "@plumage/models/rpc";
import { startWorker, workerChannel } from "@plumage/models/rpc/node";
import type { EmbedderData, EmbedderMethods, TimedText } from "./embedderWorker.ts";
import { checkedFile, checkGoldens } from "./goldens.ts";
import { MicroBatcher, type MicroBatcherOptions } from "./microBatcher.ts";

export interface EmbedderOptions extends MicroBatcherOptions {
  /** Threads of onnxruntime. */
  readonly threads: number;
}

export interface Embedding {
  /** Of unit length. */
  readonly embedding: Float32Array;
  /** Time of the batch that the image was part of. */
  readonly milliseconds: number;
}

export interface EmbedderService {
  readonly manifest: Manifest;
  /** sha256 of the model file. */
  readonly model: string;
  /**
   * @param pixels RGB bytes, [imageSize, imageSize, 3]
   * @param signal drops the image while it waits
   * @throws PlumageError "unavailable" if the queue is full
   */
  embed(pixels: Uint8Array, signal?: AbortSignal): Promise<Embedding>;
  /**
   * Opens the text encoder if need be.
   *
   * @param signal drops the text while it waits
   * @throws PlumageError "bad-input" without a text encoder, "unavailable" if the queue is full,
   *   "bad-file" or "mismatch" for a text encoder that cannot be used
   */
  embedText(text: string, signal?: AbortSignal): Promise<TimedText>;
  /** Images and texts that wait for the running ones to end. */
  readonly waiting: number;
  /** Called with the size of each batch. */
  onBatch: (size: number) => void;
  close(): Promise<void>;
}

/**
 * Loads the model of a store folder and checks it against its goldens.
 *
 * @throws PlumageError "bad-file" or "mismatch" for a model that cannot be used
 */
export async function openEmbedderService(
  folder: string,
  options: EmbedderOptions,
): Promise<EmbedderService> {
  const manifest = await readManifest(folder);
  const file = await checkedFile(folder, manifest);
  const data = {
    folder,
    modelPath: join(folder, file.file),
    threads: options.threads,
    imageSize: manifest.preprocessing.imageSize,
    text: manifest.text,
  };
  const client = await startEmbedderWorker(data, writeAgainHint(manifest, basename(folder)));
  const embedBatch = async (images: readonly Uint8Array[]): Promise<Embedding[]> => {
    const { embeddings, milliseconds } = await callEmbed(client, images);
    service.onBatch(images.length);
    const { dimension } = manifest;
    return images.map((_, i) => ({
      embedding: embeddings.slice(i * dimension, (i + 1) * dimension),
      milliseconds,
    }));
  };
  const batcher = new MicroBatcher(embedBatch, options);
  const texts = new MicroBatcher<string, TimedText>(
    async ([text]) => [await client.call("embedText", text!)],
    // The graph takes one text.
    { ...options, maxBatch: 1 },
  );
  const service: EmbedderService = {
    manifest,
    model: file.sha256,
    embed: (pixels, signal) => batcher.submit(pixels, signal),
    async embedText(text, signal) {
      if (manifest.text) return texts.submit(text, signal);
      throw new PlumageError(
        "bad-input",
        `text: the model "${manifest.name}" has no text encoder`,
        "search with an image, or import the model again with --text-onnx",
      );
    },
    get waiting() {
      return batcher.waiting + texts.waiting;
    },
    onBatch: () => undefined,
    close: () => client.close(),
  };
  try {
    await checkGoldens(manifest, (pixels) => service.embed(pixels));
  } catch (error) {
    await service.close();
    throw error;
  }
  return service;
}

/**
 * @param hint what to do about an unusable model
 * @throws PlumageError "bad-file" if onnxruntime cannot load the model
 */
async function startEmbedderWorker(
  data: EmbedderData,
  hint: string,
): Promise<Client<EmbedderMethods>> {
  const worker = startWorker(new URL("./embedderWorker.ts", import.meta.url), data);
  const client = new Client<EmbedderMethods>(workerChannel(worker), { failure: stopped });
  try {
    await client.ready;
  } catch (error) {
    const { cause } = error as Error & { cause: Error };
    const message = `${data.modelPath} cannot be loaded: ${cause.message}`;
    throw new PlumageError("bad-file", message, hint, { cause });
  }
  return client;
}

const stopped = (cause: Error) =>
  new PlumageError("unavailable", "the embedder thread stopped", "restart the server", { cause });

/** Sends images as one tensor, whose memory moves to the worker. */
function callEmbed(client: Client<EmbedderMethods>, images: readonly Uint8Array[]) {
  const pixels = new Uint8Array(images.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const image of images) {
    pixels.set(image, offset);
    offset += image.length;
  }
  return client.call("embed", { pixels, count: images.length }, { transfer: [pixels.buffer] });
}
