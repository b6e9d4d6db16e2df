/**
 * Held-out retrieval of a network, of its untrained self and of raw pixels: the figures of a
 * report.
 */
import { onnxDotProducts } from "@plumage/export";
import {
  type Architecture,
  classNumbers,
  type Evaluation,
  evaluateRetrieval,
  type Item,
  initialParameters,
  type ParameterValues,
  resizeSteps,
  searchSets,
} from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { evaluationBatches } from "../data/batches/pixels.ts";
import { calibrateBatchNorm, openNetwork } from "../engine/recorded/networkSession.ts";
import { rawPixelDimension, rawPixelEmbeddings } from "../evaluate/rawPixels.ts";

/** Images in one run of the network. */
const batch = 32;
/** Batches whose statistics are averaged when batch norm is calibrated. */
const calibrationBatches = 8;
const calibrationBatch = 64;

export const distanceNames = ["cosine", "euclidean"] as const;
export type DistanceName = (typeof distanceNames)[number];

export interface HeldOut {
  readonly embedding: Evaluation;
  readonly pooled: Evaluation;
}

export const classCount = (items: readonly Item[]): number =>
  new Set(items.map((item) => item.label)).size;

export interface Embedded {
  /** [items, dimension], of unit length. */
  readonly embeddings: Float32Array;
  readonly dimension: number;
  /** [items, pooledDimension]: average-pooled features of the backbone. */
  readonly pooled: Float32Array;
  readonly pooledDimension: number;
}

/** Embeds every item. */
export async function embedItems(
  title: string,
  { architecture, parameters }: { architecture: Architecture; parameters: ParameterValues },
  items: readonly Item[],
  signal: AbortSignal,
): Promise<Embedded> {
  const network = await openNetwork(architecture, parameters);
  try {
    const { dimension, pooledDimension } = network;
    const embeddings = new Float32Array(items.length * dimension);
    const pooled = new Float32Array(items.length * pooledDimension);
    const bar = progress(`evaluating ${title}`, items.length, "images");
    for await (const { images, count, start } of evaluationBatches(
      items,
      resizeSteps(architecture),
      batch,
    )) {
      signal.throwIfAborted();
      const outputs = await network.run(images, count);
      embeddings.set(outputs.embeddings, start * dimension);
      pooled.set(outputs.pooled, start * pooledDimension);
      bar.advance(count);
      // The network is one long native call: let Ctrl-C in.
      await new Promise(setImmediate);
    }
    bar.finish();
    return { embeddings, dimension, pooled, pooledDimension };
  } finally {
    await network.close();
  }
}

/**
 * Retrieval with the embedding and with the pooled features: leave-one-out, or as the items' roles
 * say.
 */
export async function evaluateEmbedded(
  { embeddings, dimension, pooled, pooledDimension }: Embedded,
  items: readonly Item[],
  distance: DistanceName = "cosine",
): Promise<HeldOut> {
  const options = evaluationOptions(items, distance);
  return {
    embedding: await evaluateRetrieval({ ...options, embeddings, dimension }),
    pooled: await evaluateRetrieval({
      ...options,
      embeddings: pooled,
      dimension: pooledDimension,
    }),
  };
}

/** Embeds every item and retrieves. */
export async function evaluateNetwork(
  title: string,
  architecture: Architecture,
  parameters: ParameterValues,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<HeldOut> {
  return evaluateEmbedded(
    await embedItems(title, { architecture, parameters }, items, signal),
    items,
  );
}

/** Raw 24 x 24 pixels. */
export async function evaluateRawPixels(
  items: readonly Item[],
  side: number,
  distance: DistanceName = "cosine",
): Promise<Evaluation> {
  const embeddings = new Float32Array(items.length * rawPixelDimension);
  for await (const { images, count, start } of evaluationBatches(items, [side], batch)) {
    embeddings.set(rawPixelEmbeddings(images, count, side), start * rawPixelDimension);
  }
  return evaluateRetrieval({
    ...evaluationOptions(items, distance),
    embeddings,
    dimension: rawPixelDimension,
  });
}

const evaluationOptions = (items: readonly Item[], similarity: DistanceName) => ({
  labels: classNumbers(items),
  sets: searchSets(items),
  similarity,
  provider: onnxDotProducts,
});

/**
 * Batch-norm statistics of images spread over the training items, as they are without augmentation.
 */
export function calibrated(
  architecture: Architecture,
  parameters: ParameterValues,
  items: readonly Item[],
): Promise<ParameterValues> {
  const wanted = Math.min(items.length, calibrationBatch * calibrationBatches);
  const size = Math.min(calibrationBatch, wanted);
  const chosen = Array.from(
    { length: wanted - (wanted % size) },
    (_, i) => items[Math.floor((i * items.length) / wanted)]!,
  );
  // Neighboring items are of one class: a stride spreads the classes over the batches.
  const batches = chosen.length / size;
  const spread = chosen.map((_, i) => chosen[(i % size) * batches + Math.floor(i / size)]!);
  const images = async function* () {
    for await (const pixels of evaluationBatches(spread, resizeSteps(architecture), size))
      yield pixels.images;
  };
  return calibrateBatchNorm(architecture, parameters, size, images());
}

/** The network as it is before any training: random weights, calibrated statistics. */
export async function untrainedParameters(
  architecture: Architecture,
  seed: number,
  items: readonly Item[],
): Promise<ParameterValues> {
  return calibrated(architecture, initialParameters(architecture, seed), items);
}
