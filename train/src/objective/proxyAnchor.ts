/**
 * Proxy-Anchor loss (Kim et al. 2020, arXiv 2003.13911, equation 4): each class has a trained proxy
 * that attracts its images and repels all others, the more the nearer they are.
 */
import * as tf from "@tensorflow/tfjs-core";
import { logOnePlusSumExp, unitRows } from "./pairs.ts";

export interface ProxyAnchorOptions {
  /** delta in the paper, a cosine; 0.1 there. */
  readonly margin: number;
  /** alpha in the paper, the scale of the cosines; 32 there. */
  readonly scale: number;
}

/**
 * Equals pytorch-metric-learning's `ProxyAnchorLoss(classes, D, margin, alpha=scale)`.
 *
 * @param embeddings unit length, [B, D]
 * @param labels int32 [B]
 * @param proxies of any length, [classes, D]
 */
export function proxyAnchorLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  proxies: tf.Tensor2D,
  { margin, scale }: ProxyAnchorOptions,
): tf.Scalar {
  const classes = proxies.shape[0];
  const cosines = tf.matMul(embeddings, unitRows(proxies), false, true);
  const positive = tf.cast(tf.oneHot(labels, classes), "float32") as tf.Tensor2D;
  const attraction = tf.mul(tf.sub(margin, cosines), scale) as tf.Tensor2D;
  const repulsion = tf.mul(tf.add(cosines, margin), scale) as tf.Tensor2D;
  const present = tf.maximum(tf.sum(tf.max(positive, 0)), 1);
  return tf.add(
    tf.div(tf.sum(logOnePlusSumExp(attraction, positive, 0)), present),
    tf.mean(logOnePlusSumExp(repulsion, tf.sub(1, positive), 0)),
  );
}
