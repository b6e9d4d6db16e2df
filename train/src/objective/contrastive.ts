/** Supervised contrastive loss (Khosla et al. 2020, arXiv 2004.11362, equation 2). */
import * as tf from "@tensorflow/tfjs-core";
import { pairMasks, similarities } from "./pairs.ts";

/**
 * For each anchor, the mean over its positives of -log softmax(cosine / temperature) among all
 * other items; then the mean over anchors that have a positive. Equals pytorch-metric-learning's
 * `SupConLoss(temperature)`.
 *
 * @param embeddings unit length, [B, D]
 * @param labels int32 [B]
 */
export function contrastiveLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  temperature: number,
): tf.Scalar {
  const count = labels.shape[0];
  const { positive } = pairMasks(labels);
  const self = tf.mul(tf.eye(count), 1e9);
  const scores = tf.sub(tf.div(similarities(embeddings), temperature), self) as tf.Tensor2D;
  const logProbabilities = tf.logSoftmax(scores, -1);
  const positives = tf.sum(positive, -1);
  const each = tf.div(tf.sum(tf.mul(positive, logProbabilities), -1), tf.maximum(positives, 1));
  const anchors = tf.maximum(tf.sum(tf.step(positives)), 1);
  return tf.neg(tf.div(tf.sum(each), anchors)) as tf.Scalar;
}
