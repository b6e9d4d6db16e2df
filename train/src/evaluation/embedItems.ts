/** Embeds items with a network. */
import {
  type Item,
  type NetworkArchitecture,
  type ParameterValues,
  type ResizeStep,
  resizedSize,
  resizeSteps,
  wholeNetwork,
} from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { evaluationBatches, mirrored } from "../data/batches/pixels.ts";
import { type NetworkSession, openNetwork } from "../engine/recorded/networkSession.ts";

/** Images per run of the network. */
const batchSize = 32;

export interface Network {
  readonly architecture: NetworkArchitecture;
  readonly parameters: ParameterValues;
}

export interface ItemEmbeddings {
  /** Unit-length rows, [items, dimension]. */
  readonly embeddings: Float32Array;
  readonly dimension: number;
  /** Average-pooled features of the backbone, [items, pooledDimension]; 0 if there are none. */
  readonly pooled: Float32Array;
  readonly pooledDimension: number;
  /** Of the network alone, in batches of 32. */
  readonly imagesPerSecond: number;
}

/**
 * Embeds every item, showing progress.
 *
 * @param title name of the network for the progress bar
 * @param flip whether each image is embedded with its mirror image: the result is the mean of both
 * @throws the signal's reason once it is aborted
 */
export async function embedItems(
  title: string,
  { architecture, parameters }: Network,
  items: readonly Item[],
  signal: AbortSignal,
  flip = false,
): Promise<ItemEmbeddings> {
  const network = await openNetwork(wholeNetwork(architecture), parameters);
  return embedWith(title, network, resizeSteps(architecture), items, signal, flip);
}

/**
 * Embeds every item with a session, showing progress, and closes the session.
 *
 * @param steps resize steps
 * @throws the signal's reason once it is aborted
 */
export async function embedWith(
  title: string,
  session: NetworkSession,
  steps: readonly ResizeStep[],
  items: readonly Item[],
  signal: AbortSignal,
  flip: boolean,
): Promise<ItemEmbeddings> {
  try {
    const { dimension, pooledDimension } = session;
    const embeddings = new Float32Array(items.length * dimension);
    const pooled = new Float32Array(items.length * pooledDimension);
    let seconds = 0;
    const timed = async (pixels: Uint8Array, count: number) => {
      const start = performance.now();
      const outputs = await session.run(pixels, count);
      seconds += (performance.now() - start) / 1000;
      return outputs;
    };
    const bar = progress(`evaluating ${title}`, items.length, "images");
    for await (const { images, count, start } of evaluationBatches(items, steps, batchSize)) {
      signal.throwIfAborted();
      const outputs = await timed(images, count);
      if (flip) {
        const mirror = await timed(mirrored(images, resizedSize(steps.at(-1)!)), count);
        average(outputs.embeddings, mirror.embeddings);
        average(outputs.pooled, mirror.pooled);
        normalizeRows(outputs.embeddings, dimension);
      }
      embeddings.set(outputs.embeddings, start * dimension);
      pooled.set(outputs.pooled, start * pooledDimension);
      bar.advance(count);
      // The network runs in a single native call: let Ctrl-C be handled.
      await new Promise(setImmediate);
    }
    bar.finish();
    const imagesPerSecond = items.length / seconds;
    return { embeddings, dimension, pooled, pooledDimension, imagesPerSecond };
  } finally {
    await session.close();
  }
}

function average(values: Float32Array, others: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! + others[i]!) / 2;
}

/** Scales rows to unit length. @param values [rows, length] */
function normalizeRows(values: Float32Array, length: number): void {
  for (let start = 0; start < values.length; start += length) {
    const row = values.subarray(start, start + length);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let i = 0; i < length; i++) row[i]! /= Math.max(norm, 1e-12);
  }
}
