/**
 * Triplet margin loss (Schroff et al. 2015, arXiv 1503.03832): relu(d(a, p) - d(a, n) + margin)
 * over the triplets that a miner chooses.
 */
import * as tf from "@tensorflow/tfjs-core";
import { type MinerName, miners } from "./miners.ts";
import { distances } from "./pairs.ts";
import { type ReducerName, reducers } from "./reducers.ts";

export interface TripletOptions {
  /** A Euclidean distance. */
  readonly margin: number;
  readonly miner: MinerName;
  readonly reducer: ReducerName;
}

/**
 * Equals pytorch-metric-learning's `TripletMarginLoss(margin, reducer)(embeddings, labels,
 * miner(embeddings, labels))`.
 *
 * @param embeddings unit length, [B, D]
 * @param labels int32 [B]
 * @returns the loss (0 if nothing is mined) and the number of mined triplets
 */
export function tripletLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  { margin, miner, reducer }: TripletOptions,
): { loss: tf.Scalar; mined: tf.Scalar } {
  const { excess, chosen } = miners[miner](distances(embeddings), labels, margin);
  const losses = tf.mul(tf.relu(tf.add(excess, margin)), chosen);
  return {
    loss: reducers[reducer](losses, chosen) as tf.Scalar,
    mined: tf.sum(chosen) as tf.Scalar,
  };
}
