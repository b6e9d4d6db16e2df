/** Embeds single images on a worker thread, in micro-batches, behind a bounded queue. */
import { basename, join } from "node:path";
import { type Manifest, PlumageError, writeAgainHint } from "@plumage/models";
import { readManifest } from "@plumage/models/node";
import { Client } from "@plumage/models/rpc";
import { startWorker, workerChannel } from "@plumage/models/rpc/node";
import type { EmbedderData, EmbedderMethods } from "./embedderWorker.ts";
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
  /** Images that wait for the running batch to end. */
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
    modelPath: join(folder, file.file),
    threads: options.threads,
    imageSize: manifest.preprocessing.imageSize,
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
  const service: EmbedderService = {
    manifest,
    model: file.sha256,
    embed: (pixels, signal) => batcher.submit(pixels, signal),
    get waiting() {
      return batcher.waiting;
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
