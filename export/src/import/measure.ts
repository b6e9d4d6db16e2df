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
import { imageBatches } from "../embedder/images.ts";
import { imagesPerSecond, openSession } from "../embedder/session.ts";

const batchSize = 16;

export interface EncoderMeasures {
  readonly imagesPerSecond: number;
  /** Undefined without a data set. */
  readonly evaluation: Evaluation | undefined;
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
