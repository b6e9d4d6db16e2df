/** Embeds held-out images with each variant, and compares how well they retrieve. */
import {
  type Architecture,
  type Calibration,
  classNumbers,
  evaluateRetrieval,
  type Item,
  type RetrievalMetrics,
  resizeSteps,
} from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { onnxDotProducts } from "./dotProducts.ts";
import { heldOutItems, imageBatches, spread } from "./images.ts";
import { type EmbedderSession, rowCosines } from "./session.ts";
import { type MadeVariant, variants } from "./variants.ts";

export interface HeldOutQuality {
  /** Cosines with fp32's embeddings, over up to 1,000 images. */
  readonly cosineMean: number;
  readonly cosineMin: number;
  readonly precisionAt1: number;
  readonly recallAt4: number;
}

const comparedImages = 1000;
const batchSize = 32;

/**
 * Pixels that fp32 embeds at most: a minute for ResNet-50 on two cores. That is 1,337 images at 224
 * px, and 16,384 at 64 px.
 *
 * Both variants embed the same images, so only queries count that one of them gets right and the
 * other wrong. If their share is q, the standard error of the difference over n queries is
 * sqrt(q / n): for 1,337 queries and the 1% in which a good int8 differs, 0.27 percentage points.
 * All 2,474 held-out images of such a data set would make it 0.20.
 */
const measuredPixels = 2 ** 26;

/**
 * The held-out images to measure on, spread over all classes: an even sample keeps the ratio of
 * matches to others.
 *
 * @param limit number of images; default: as many as measuredPixels allows
 */
export function measuredItems(
  items: readonly Item[],
  { imageSize }: Architecture,
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

/** Embeds held-out images with all variants, and decodes each image once. */
export async function embedHeldOut(
  made: readonly MadeVariant[],
  sessions: readonly EmbedderSession[],
  items: readonly Item[],
  architecture: Architecture,
  signal?: AbortSignal,
): Promise<Embedded[]> {
  const { dimension, imageSize } = architecture;
  const embedded = made.map(({ variant }) => ({
    rows: Int32Array.from(spread([...items.keys()], variants[variant].sample)),
    embeddings: new Float32Array(items.length * dimension),
  }));
  const bar = progress("held-out images", items.length, "images");
  let done = 0;
  for await (const { images, count } of imageBatches(items, resizeSteps(architecture), batchSize)) {
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
  /** Of fp32's cosines. Undefined if there are too few images. */
  readonly calibration: Calibration | undefined;
}

/** @param embedded by each variant, fp32 first */
export async function compareVariants(
  embedded: readonly Embedded[],
  items: readonly Item[],
  { dimension }: Architecture,
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
    // The difference is that of the same queries: a sample of them shifts both alike.
    const changed = (metric: (of: RetrievalMetrics) => number) =>
      metric(all.metrics) + (metric(own.metrics) - metric(base.metrics));
    quality.push({
      ...cosineStatistics(spread([...rows], comparedImages).map((row) => cosines[row]!)),
      precisionAt1: changed(({ precisionAt1 }) => precisionAt1),
      recallAt4: changed(({ recallAt }) => recallAt["4"]),
    });
  }
  return { quality, calibration: all.calibration };
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
