/** Retrieval metrics of a network, of its pooled features and of raw pixels. */
import { onnxDotProducts } from "@plumage/export";
import {
  classNumbers,
  type Evaluation,
  evaluateRetrieval,
  type Item,
  searchSets,
} from "@plumage/models";
import { evaluationBatches } from "../data/batches/pixels.ts";
import { embedItems, type ItemEmbeddings, type Network } from "./embedItems.ts";
import { rawPixelDimension, rawPixelEmbeddings } from "./rawPixels.ts";

export const distanceNames = ["cosine", "euclidean"] as const;
export type DistanceName = (typeof distanceNames)[number];

/** Images loaded at a time for the raw-pixel baseline. */
const batchSize = 32;

export interface NetworkEvaluation {
  readonly embedding: Evaluation;
  readonly pooled: Evaluation;
}

export interface EmbeddingsOptions {
  /** Default "cosine". */
  readonly distance?: DistanceName;
  /** Also computes open-set metrics and a calibration of the embeddings' cosines. */
  readonly withOpenSet?: boolean;
}

/** Evaluates embeddings and pooled features: leave-one-out, or as the items' roles define. */
export async function evaluateEmbeddings(
  { embeddings, dimension, pooled, pooledDimension }: ItemEmbeddings,
  items: readonly Item[],
  options: EmbeddingsOptions = {},
): Promise<NetworkEvaluation> {
  const features = { embeddings: pooled, dimension: pooledDimension };
  return {
    embedding: await evaluateRows({ embeddings, dimension }, items, options),
    pooled: await evaluateRows(features, items, { ...options, withOpenSet: false }),
  };
}

/** Evaluates one vector per item: leave-one-out, or as the items' roles define. */
export const evaluateRows = (
  { embeddings, dimension }: Pick<ItemEmbeddings, "embeddings" | "dimension">,
  items: readonly Item[],
  { distance = "cosine", withOpenSet = false }: EmbeddingsOptions = {},
): Promise<Evaluation> =>
  evaluateRetrieval({ ...evaluationOptions(items, distance), embeddings, dimension, withOpenSet });

/** Embeds every item and evaluates the embeddings. */
export async function evaluateNetwork(
  title: string,
  network: Network,
  items: readonly Item[],
  signal: AbortSignal,
): Promise<NetworkEvaluation> {
  return evaluateEmbeddings(await embedItems(title, network, items, signal), items);
}

/** Evaluates the images themselves, reduced to 24 x 24 pixels. */
export async function evaluateRawPixels(
  items: readonly Item[],
  imageSize: number,
  distance: DistanceName = "cosine",
): Promise<Evaluation> {
  const embeddings = new Float32Array(items.length * rawPixelDimension);
  for await (const { images, count, start } of evaluationBatches(items, [imageSize], batchSize)) {
    embeddings.set(rawPixelEmbeddings(images, count, imageSize), start * rawPixelDimension);
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
