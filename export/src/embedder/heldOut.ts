/** What a variant costs in quality: the held-out images through every variant, side by side. */
import { classNumbers, evaluateRetrieval, type Item } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { onnxDotProducts } from "./dotProducts.ts";
import { imageBatches, spread } from "./images.ts";
import { type EmbedderSession, rowCosines } from "./session.ts";

export interface HeldOutFigures {
  readonly precisionAt1: number;
  readonly recallAt4: number;
  /** Of embeddings to those of the first session, over the compared images. */
  readonly cosineMean: number;
  readonly cosineMin: number;
}

/** Images that cosines are taken of. */
const compared = 1000;
const batch = 32;

/**
 * Embeds the items with every session and holds the results against those of the first one, the
 * reference.
 *
 * @param sessions the reference first
 * @param sides resize steps of the images
 */
export async function measureOnHeldOut(
  sessions: readonly EmbedderSession[],
  items: readonly Item[],
  sides: readonly number[],
  dimension: number,
  signal?: AbortSignal,
): Promise<HeldOutFigures[]> {
  const embeddings = sessions.map(() => new Float32Array(items.length * dimension));
  const shown = progress("held-out images", items.length, "images");
  let done = 0;
  for await (const { images, count } of imageBatches(items, sides, batch)) {
    signal?.throwIfAborted();
    for (const [i, session] of sessions.entries()) {
      embeddings[i]!.set(await session.embed(images, count), done * dimension);
    }
    done += count;
    shown.advance(count);
  }
  shown.finish();
  const labels = classNumbers(items);
  const numbers = spread([...items.keys()], compared);
  const figures: HeldOutFigures[] = [];
  for (const rows of embeddings) {
    const { metrics } = await evaluateRetrieval({
      embeddings: rows,
      dimension,
      labels,
      similarity: "dot",
      provider: onnxDotProducts,
    });
    const all = rowCosines(rows, embeddings[0]!, dimension);
    const cosines = numbers.map((number) => Math.min(1, all[number]!));
    const cosineMean = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length;
    figures.push({
      cosineMean,
      cosineMin: Math.min(...cosines),
      precisionAt1: metrics.precisionAt1,
      recallAt4: metrics.recallAt["4"],
    });
  }
  return figures;
}
