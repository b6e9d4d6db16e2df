/**
 * Softmax cross-entropy with temperature and label smoothing (CGD, arXiv 1903.10663, equation 4;
 * smoothing from Szegedy et al. 2015, arXiv 1512.00567).
 */
import * as tf from "@tensorflow/tfjs-core";

export interface ClassificationOptions {
  /** Divisor of the logits; 0.5 in the CGD paper. */
  readonly temperature: number;
  /** Share of the target that is spread over all classes; 0.1 in the CGD paper. */
  readonly smoothing: number;
}

/**
 * Mean cross-entropy between softmax(logits / temperature) and smoothed one-hot targets. Equals
 * torch's `F.cross_entropy(logits / temperature, labels, label_smoothing=smoothing)`.
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

/** Top-1 accuracy: the share of rows whose largest logit is the label's. */
export const accuracy = (logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar =>
  tf.mean(tf.cast(tf.equal(tf.argMax(logits, -1), labels), "float32"));
