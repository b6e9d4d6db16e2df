/**
 * Circle loss (Sun et al. 2020, arXiv 2002.10857, equation 6): each pair's cosine is weighted by
 * its distance from the optimum, so that the worst pairs learn most.
 */
import * as tf from "@tensorflow/tfjs-core";
import { detached, logSumExp, pairMasks, similarities } from "./pairs.ts";
import { reducers } from "./reducers.ts";

/** Named as in the paper. */
export interface CircleOptions {
  /** m, the relaxation, a cosine; 0.4 for fine-grained retrieval. */
  readonly margin: number;
  /** gamma; 80 for fine-grained retrieval. */
  readonly scale: number;
}

/**
 * The mean of the losses above zero, over anchors with positives and negatives. Equals
 * pytorch-metric-learning's `CircleLoss(m=margin, gamma=scale)`.
 *
 * @param embeddings unit length, [B, D]
 * @param labels int32 [B]
 */
export function circleLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  { margin, scale }: CircleOptions,
): tf.Scalar {
  const { positive, negative } = pairMasks(labels);
  const cosines = similarities(embeddings);
  const constant = detached(cosines);
  const positiveWeight = tf.mul(tf.relu(tf.sub(1 + margin, constant)), -scale);
  const negativeWeight = tf.mul(tf.relu(tf.add(constant, margin)), scale);
  const attraction = tf.mul(positiveWeight, tf.sub(cosines, 1 - margin)) as tf.Tensor2D;
  const repulsion = tf.mul(negativeWeight, tf.sub(cosines, margin)) as tf.Tensor2D;
  const sums = tf.add(logSumExp(attraction, positive), logSumExp(repulsion, negative));
  const hasBoth = tf.mul(tf.max(positive, 1), tf.max(negative, 1));
  return reducers.nonzero(tf.mul(softplus(sums), hasBoth)) as tf.Scalar;
}

/** log(1 + exp(x)) without overflow. */
const softplus = (x: tf.Tensor): tf.Tensor =>
  tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
