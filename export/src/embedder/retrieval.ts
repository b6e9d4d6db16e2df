/** How well embeddings retrieve, in the two figures that variants are compared by. */
import { availableParallelism } from "node:os";
import { PlumageError } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { recordModel } from "../recorder/record/recordModel.ts";

export interface Retrieval {
  /** Share of the queries whose nearest neighbor is of their class. */
  readonly precisionAt1: number;
  /** Share of the queries that have one of their class among the nearest four. */
  readonly recallAt4: number;
}

/** Queries in one matrix product. */
const blockRows = 256;
const ranks = 4;

/**
 * Leave-one-out retrieval as in training's report: every image asks all the others; those whose
 * class has no other member do not ask.
 *
 * @param embeddings [N, dimension], of unit length
 * @param labels class of each of the N
 * @throws PlumageError "bad-input" where no class has two images
 */
export async function retrieval(
  embeddings: Float32Array,
  labels: readonly string[],
  dimension: number,
): Promise<Retrieval> {
  const sizes = new Map<string, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const queries = labels.filter((label) => sizes.get(label)! > 1).length;
  if (queries === 0)
    throw new PlumageError("bad-input", "no held-out class has two images to find each other");
  const session = await productSession(labels.length, dimension);
  const gallery = new ort.Tensor("float32", embeddings, [labels.length, dimension]);
  let first = 0;
  let among = 0;
  for (let start = 0; start < labels.length; start += blockRows) {
    const rows = Math.min(blockRows, labels.length - start);
    const block = embeddings.subarray(start * dimension, (start + rows) * dimension);
    const { products } = await session.run({
      queries: new ort.Tensor("float32", block, [rows, dimension]),
      gallery,
    });
    const scores = products!.data as Float32Array;
    for (let row = 0; row < rows; row++) {
      const own = start + row;
      if (sizes.get(labels[own]!)! < 2) continue;
      const nearest = nearestOthers(
        scores.subarray(row * labels.length, (row + 1) * labels.length),
        own,
      );
      const rank = nearest.findIndex((other) => labels[other] === labels[own]);
      if (rank === 0) first++;
      if (rank >= 0) among++;
    }
    products!.dispose();
  }
  await session.release();
  return { precisionAt1: first / queries, recallAt4: among / queries };
}

/**
 * Numbers of the highest scores but the own one, best first; of equal scores the lower number comes
 * first.
 */
function nearestOthers(scores: Float32Array, own: number): number[] {
  const best: number[] = [];
  for (let item = 0; item < scores.length; item++) {
    if (item === own) continue;
    if (best.length === ranks && scores[item]! <= scores[best[ranks - 1]!]!) continue;
    let place = best.length;
    while (place > 0 && scores[best[place - 1]!]! < scores[item]!) place--;
    best.splice(place, 0, item);
    best.length = Math.min(best.length, ranks);
  }
  return best;
}

/** queries [B, dimension] x gallery [count, dimension] -> products [B, count]. */
function productSession(count: number, dimension: number): Promise<ort.InferenceSession> {
  const { bytes } = recordModel(
    ({ queries, gallery }) => ({
      products: tf.matMul(queries as tf.Tensor2D, gallery as tf.Tensor2D, false, true),
    }),
    {
      queries: { shape: ["B", dimension], type: "float32" },
      gallery: { shape: [count, dimension], type: "float32" },
    },
    { name: "products" },
  );
  return ort.InferenceSession.create(bytes, {
    intraOpNumThreads: availableParallelism(),
    logSeverityLevel: 3,
  });
}
