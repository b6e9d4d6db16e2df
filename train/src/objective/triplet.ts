/**
 * Triplet margin loss over hard triplets (Schroff et al. 2015, arXiv 1503.03832), mined as the tutorial does it:
 * pytorch-metric-learning's TripletMarginMiner(margin, "hard") keeps every triplet with d(a, n) <= d(a, p), and
 * TripletMarginLoss averages relu(d(a, p) - d(a, n) + margin) over those above zero.
 */
import * as tf from "@tensorflow/tfjs-core";
import { distances, pairMasks, similarities } from "./pairs.ts";

/**
 * @param embeddings unit length, [B, D]
 * @param labels int32 [B]
 * @returns the loss (0 where no triplet is hard) and the number of triplets mined
 */
export function hardTripletLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  margin: number,
): { loss: tf.Scalar; mined: tf.Scalar } {
  const count = labels.shape[0];
  const { positive, negative } = pairMasks(labels);
  const distance = distances(similarities(embeddings));
  // [anchor, positive, negative]
  const excess = tf.sub(tf.reshape(distance, [count, count, 1]), tf.reshape(distance, [count, 1, count]));
  const triplets = tf.mul(tf.reshape(positive, [count, count, 1]), tf.reshape(negative, [count, 1, count]));
  const hard = tf.mul(triplets, tf.cast(tf.greaterEqual(excess, 0), "float32"));
  const losses = tf.mul(tf.relu(tf.add(excess, margin)), hard);
  const mined = tf.sum(hard) as tf.Scalar;
  return { loss: tf.div(tf.sum(losses), tf.maximum(mined, 1)) as tf.Scalar, mined };
}
