/** Measures an imported encoder: its speed, and its retrieval on held-out images. */
import {
  classNumbers,
  type Evaluation,
  evaluateRetrieval,
  type Item,
  type ResizeStep,
  resizedSize,
  searchSets,
} from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { onnxDotProducts } from "../embedder/dotProducts.ts";
import type { GoldenVectors } from "../embedder/goldens.ts";
import { imageBatches, spread } from "../embedder/images.ts";
import { imagesPerSecond, openSession, rowCosines } from "../embedder/session.ts";

const batchSize = 16;

export interface EncoderMeasures {
  readonly imagesPerSecond: number;
  /** Undefined without a data set. */
  readonly evaluation: Evaluation | undefined;
}

/** Images on which a variant is compared with fp32: what is so close shows any defect on few. */
const comparedImages = 256;

/**
 * Compares two files of an encoder by the cosines of their embeddings.
 *
 * @param items held-out items to choose images from; without any, the goldens are taken
 */
export async function compareEncoders(
  [fp32, variant]: readonly [Uint8Array, Uint8Array],
  dimension: number,
  items: readonly Item[],
  { goldens, steps }: { readonly goldens: GoldenVectors; readonly steps: readonly ResizeStep[] },
  signal?: AbortSignal,
): Promise<{ readonly cosineMin: number; readonly cosineMean: number }> {
  const size = resizedSize(steps.at(-1)!);
  const batches =
    items.length > 0
      ? imageBatches(spread(items, comparedImages), steps, batchSize)
      : [{ images: goldens.images, count: goldens.count }];
  const cosines: number[] = [];
  const session = await openSession(fp32, size);
  const other = await openSession(variant, size);
  try {
    for await (const { images, count } of batches) {
      signal?.throwIfAborted();
      const expected = await session.embed(images, count);
      cosines.push(...rowCosines(expected, await other.embed(images, count), dimension));
    }
  } finally {
    await session.close();
    await other.close();
  }
  return {
    cosineMin: Math.min(1, ...cosines),
    cosineMean: Math.min(1, cosines.reduce((sum, each) => sum + each, 0) / cosines.length),
  };
}

/**
 * Measures on the CPU, with all cores.
 *
 * @param bytes the embedder's file
 * @param items held-out items; may be empty
 * @param steps resize steps
 */
export async function measureEncoder(
  bytes: Uint8Array,
  dimension: number,
  items: readonly Item[],
  steps: readonly ResizeStep[],
  signal?: AbortSignal,
): Promise<EncoderMeasures> {
  const size = resizedSize(steps.at(-1)!);
  const session = await openSession(bytes, size);
  try {
    const [speed] = await imagesPerSecond([session], size);
    if (items.length === 0) return { imagesPerSecond: speed!, evaluation: undefined };
    const embeddings = new Float32Array(items.length * dimension);
    const bar = progress("held-out images", items.length, "images");
    let done = 0;
    for await (const { images, count } of imageBatches(items, steps, batchSize)) {
      signal?.throwIfAborted();
      embeddings.set(await session.embed(images, count), done * dimension);
      done += count;
      bar.advance(count);
    }
    bar.finish();
    const evaluation = await evaluateRetrieval({
      embeddings,
      dimension,
      labels: classNumbers(items),
      sets: searchSets(items),
      similarity: "dot",
      provider: onnxDotProducts,
      withOpenSet: true,
    });
    return { imagesPerSecond: speed!, evaluation };
  } finally {
    await session.close();
  }
}
