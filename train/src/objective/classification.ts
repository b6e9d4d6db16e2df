/**
 * Softmax cross-entropy with temperature and label smoothing (CGD paper, equation 4; Szegedy et al.
 * 2015 for smoothing).
 */
import * as tf from "@tensorflow/tfjs-core";

export interface ClassificationOptions {
  /** Logits are divided by it; 0.5 in the CGD paper. */
  readonly temperature: number;
  /** Share of the target spread over all classes; 0.1 in the CGD paper. */
  readonly smoothing: number;
}

/**
 * Mean over the batch of cross-entropy between softmax(logits / temperature) and smoothed one-hot
 * targets, as torch's `F.cross_entropy(logits / temperature, labels, label_smoothing=smoothing)`.
 *
 * @param logits [B, classes]
 * @param labels int32 [B]
 */
export function classificationLoss(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: ClassificationOptions,
): tf.Scalar {
  const classes = logits.shape[1];
  const logProbabilities = tf.logSoftmax(tf.div(logits, options.temperature), -1);
  const hit = tf.sum(tf.mul(tf.oneHot(labels, classes), logProbabilities), -1);
  const spread = tf.mean(logProbabilities, -1);
  return tf.neg(
    tf.mean(tf.add(tf.mul(hit, 1 - options.smoothing), tf.mul(spread, options.smoothing))),
  ) as tf.Scalar;
}

/** Share of the batch whose largest logit is the label's. */
export const accuracy = (logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar =>
  tf.mean(tf.cast(tf.equal(tf.argMax(logits, -1), labels), "float32"));
