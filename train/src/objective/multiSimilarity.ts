/** Multi-Similarity loss with its miner (Wang et al. 2019, arXiv 1904.06627, section 4). */
import * as tf from "@tensorflow/tfjs-core";
import { logOnePlusSumExp, pairMasks, similarities } from "./pairs.ts";

/** Named as in the paper; the defaults there are 2, 50, 0.5 (of its code) and 0.1. */
export interface MultiSimilarityOptions {
  /** Scale of the cosines of positive pairs. */
  readonly alpha: number;
  /** Scale of the cosines of negative pairs. */
  readonly beta: number;
  /** lambda in the paper: the cosine beyond which a pair counts most. */
  readonly base: number;
  /** The miner's margin, a cosine. */
  readonly epsilon: number;
}

/** Larger than any cosine. */
const beyond = 10;

/**
 * The miner (equations 11 and 12): positive pairs that are at most epsilon more similar than the
 * anchor's most similar negative, and negative pairs that are at most epsilon less similar than its
 * least similar positive. Equals pytorch-metric-learning's `MultiSimilarityMiner(epsilon)`.
 *
 * @param cosines [B, B]
 * @param labels int32 [B]
 * @returns float masks [B, B], anchors in rows
 */
export function multiSimilarityPairs(
  cosines: tf.Tensor2D,
  labels: tf.Tensor1D,
  epsilon: number,
): { positive: tf.Tensor2D; negative: tf.Tensor2D } {
  const { positive, negative } = pairMasks(labels);
  const outside = (mask: tf.Tensor2D) => tf.mul(tf.sub(1, mask), beyond);
  const nearestNegative = tf.max(tf.sub(cosines, outside(negative)), 1, true);
  const farthestPositive = tf.min(tf.add(cosines, outside(positive)), 1, true);
  // tfjs has a gradient for greaterEqual (zero), and none for less and greater.
  const isEasyPositive = tf.greaterEqual(tf.sub(cosines, epsilon), nearestNegative);
  const isEasyNegative = tf.greaterEqual(farthestPositive, tf.add(cosines, epsilon));
  return {
    positive: tf.mul(positive, tf.sub(1, tf.cast(isEasyPositive, "float32"))),
    negative: tf.mul(negative, tf.sub(1, tf.cast(isEasyNegative, "float32"))),
  };
}

/**
 * The loss of the mined pairs (equation 13). Equals pytorch-metric-learning's
 * `MultiSimilarityLoss(alpha, beta, base)(embeddings, labels, miner(embeddings, labels))`.
 *
 * @param embeddings unit length, [B, D]
 * @param labels int32 [B]
 */
export function multiSimilarityLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  { alpha, beta, base, epsilon }: MultiSimilarityOptions,
): tf.Scalar {
  const cosines = similarities(embeddings);
  const { positive, negative } = multiSimilarityPairs(cosines, labels, epsilon);
  const attraction = tf.mul(tf.sub(base, cosines), alpha) as tf.Tensor2D;
  const repulsion = tf.mul(tf.sub(cosines, base), beta) as tf.Tensor2D;
  return tf.mean(
    tf.add(
      tf.div(logOnePlusSumExp(attraction, positive, 1), alpha),
      tf.div(logOnePlusSumExp(repulsion, negative, 1), beta),
    ),
  );
}
