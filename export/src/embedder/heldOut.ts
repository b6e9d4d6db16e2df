/** Embeds held-out images with each variant, and compares how well they retrieve. */
import {
  type Calibration,
  classNumbers,
  evaluateRetrieval,
  type Item,
  type Neighbors,
  type ResizeStep,
  type RetrievalMetrics,
  type VariantName,
} from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { onnxDotProducts } from "./dotProducts.ts";
import { heldOutItems, imageBatches, spread } from "./images.ts";
import { type EmbedderSession, rowCosines } from "./session.ts";
import { variants } from "./variants.ts";

export interface HeldOutQuality {
  /** Cosines with fp32's embeddings, over up to 1,000 images. */
  readonly cosineMean: number;
  readonly cosineMin: number;
  /** Of fp32 on all images; of a variant, in ratio to it (see thinnedPrecision). */
  readonly precisionAt1: number;
  readonly recallAt4: number;
}

const comparedImages = 1000;
const batchSize = 32;

/**
 * Pixels that fp32 embeds at most: a minute for ResNet-50 on two cores. That is 1,003 images at 224
 * px, and 12,288 at 64 px.
 *
 * Is that enough? Both variants answer the same queries, so only those count that one of them gets
 * right and the other wrong: q of all n. The standard error of the difference in P@1 is then
 * sqrt(q / n). Of a model of birds, int8 and fp32 differ in 5.8% of the queries, about as often
 * either way, which makes 0.76 percentage points, and still 0.46 with all 2,474 held-out images.
 * thinnedPrecision has 0.30 and 0.19: a loss of 0.5, at which a variant is refused, is 1.7 standard
 * errors.
 */
const measuredPixels = 3 * 2 ** 24;

/**
 * The held-out images to measure on, spread over all classes: an even sample keeps the ratio of
 * matches to others.
 *
 * @param limit number of images; default: as many as measuredPixels allows
 */
export function measuredItems(
  items: readonly Item[],
  { imageSize }: Pick<EmbedderShape, "imageSize">,
  limit = Math.floor(measuredPixels / imageSize ** 2),
): readonly Item[] {
  return spread(heldOutItems(items), limit);
}

export interface Embedded {
  /** The images that the variant embedded, ascending. */
  readonly rows: Int32Array;
  /** [N, dimension] of all images; fp32's where the variant embedded none. */
  readonly embeddings: Float32Array;
}

/** What an embedder takes and gives. */
export interface EmbedderShape {
  /** Width and height of the input in pixels. */
  readonly imageSize: number;
  /** Resize steps, as in the manifest. */
  readonly steps: readonly ResizeStep[];
  /** Length of an embedding. */
  readonly dimension: number;
}

/** A file to measure. */
export interface Measured {
  readonly variant: VariantName;
  /** Held-out images to measure it on, at most. Default: the variant's. */
  readonly sample?: number;
}

/** Embeds held-out images with all variants, and decodes each image once. */
export async function embedHeldOut(
  made: readonly Measured[],
  sessions: readonly EmbedderSession[],
  items: readonly Item[],
  { dimension, imageSize, steps }: EmbedderShape,
  signal?: AbortSignal,
): Promise<Embedded[]> {
  const embedded = made.map(({ variant, sample = variants[variant].sample }) => ({
    rows: Int32Array.from(spread([...items.keys()], sample)),
    embeddings: new Float32Array(items.length * dimension),
  }));
  const bar = progress("held-out images", items.length, "images");
  let done = 0;
  for await (const { images, count } of imageBatches(items, steps, batchSize)) {
    signal?.throwIfAborted();
    const fp32 = await sessions[0]!.embed(images, count);
    for (const [i, { rows, embeddings }] of embedded.entries()) {
      embeddings.set(fp32, done * dimension);
      const chosen = rows.filter((row) => row >= done && row < done + count);
      if (i === 0 || chosen.length === 0) continue;
      const pixels = rowsOf(images, imageSize ** 2 * 3, chosen, done);
      const found = await sessions[i]!.embed(pixels, chosen.length);
      for (const [j, row] of chosen.entries()) {
        const embedding = found.subarray(j * dimension, (j + 1) * dimension);
        embeddings.set(embedding, row * dimension);
      }
    }
    done += count;
    bar.advance(count);
  }
  bar.finish();
  return embedded;
}

/** Rows of a matrix whose first row has the number `first`. */
function rowsOf(matrix: Uint8Array, width: number, rows: Int32Array, first: number): Uint8Array {
  const chosen = new Uint8Array(rows.length * width);
  for (const [i, row] of rows.entries()) {
    const start = (row - first) * width;
    chosen.set(matrix.subarray(start, start + width), i * width);
  }
  return chosen;
}

export interface Comparison {
  /** Of each variant, fp32 first. */
  readonly quality: readonly HeldOutQuality[];
  /** Of fp32 on all images. */
  readonly metrics: RetrievalMetrics;
  /** Of fp32's cosines. Undefined if there are too few images. */
  readonly calibration: Calibration | undefined;
}

/** @param embedded by each variant, fp32 first */
export async function compareVariants(
  embedded: readonly Embedded[],
  items: readonly Item[],
  { dimension }: Pick<EmbedderShape, "dimension">,
): Promise<Comparison> {
  const labels = classNumbers(items);
  const reference = embedded[0]!;
  const evaluate = (embeddings: Float32Array, queries: Int32Array, withOpenSet = false) =>
    evaluateRetrieval({
      embeddings,
      dimension,
      labels,
      sets: { queries, references: reference.rows },
      similarity: "dot",
      provider: onnxDotProducts,
      withOpenSet,
    });
  const all = await evaluate(reference.embeddings, reference.rows, true);
  const quality: HeldOutQuality[] = [];
  for (const { rows, embeddings } of embedded) {
    const isComplete = rows.length === items.length;
    const base = isComplete ? all : await evaluate(reference.embeddings, rows);
    const own = embeddings === reference.embeddings ? all : await evaluate(embeddings, rows);
    const cosines = rowCosines(embeddings, reference.embeddings, dimension);
    const thinned = thinnedPrecision(base.neighbors, labels);
    const kept = thinned > 0 ? thinnedPrecision(own.neighbors, labels) / thinned : 1;
    // Differences are those of the same queries: a sample of them shifts both alike.
    const recallDifference = own.metrics.recallAt["4"] - base.metrics.recallAt["4"];
    quality.push({
      ...cosineStatistics(spread([...rows], comparedImages).map((row) => cosines[row]!)),
      precisionAt1: Math.min(1, all.metrics.precisionAt1 * kept),
      recallAt4: all.metrics.recallAt["4"] + recallDifference,
    });
  }
  return { quality, metrics: all.metrics, calibration: all.calibration };
}

/**
 * P@1 where each reference is in the gallery with a probability of 1/2, averaged over all such
 * galleries: the neighbor at rank r is the nearest in 2^-r of them. Several neighbors of each query
 * count, so this varies far less than P@1 if neighbors trade places.
 *
 * @returns sum over the queries; ratios of it estimate ratios of P@1, in classes of any size
 */
export function thinnedPrecision({ queries, k, indices }: Neighbors, labels: Int32Array): number {
  let sum = 0;
  for (const [row, query] of queries.entries()) {
    for (let rank = 1; rank <= k; rank++) {
      if (labels[indices[row * k + rank - 1]!] === labels[query]) sum += 2 ** -rank;
    }
  }
  return sum;
}

function cosineStatistics(
  cosines: readonly number[],
): Pick<HeldOutQuality, "cosineMean" | "cosineMin"> {
  const limited = cosines.map((cosine) => Math.min(1, cosine));
  return {
    cosineMean: limited.reduce((sum, cosine) => sum + cosine, 0) / limited.length,
    cosineMin: Math.min(...limited),
  };
}
