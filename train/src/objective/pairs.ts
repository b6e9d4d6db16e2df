/** Who is whose positive, and how far apart: what every metric loss starts from. */
import * as tf from "@tensorflow/tfjs-core";

/** Float masks [B, B]: same label and not oneself, other label. */
export function pairMasks(labels: tf.Tensor1D): { positive: tf.Tensor2D; negative: tf.Tensor2D } {
  const count = labels.shape[0];
  const same = tf.cast(
    tf.equal(tf.reshape(labels, [count, 1]), tf.reshape(labels, [1, count])),
    "float32",
  ) as tf.Tensor2D;
  return { positive: tf.sub(same, tf.eye(count)), negative: tf.sub(1, same) };
}

/** Cosine similarities of unit embeddings [B, D]: [B, B]. */
export const similarities = (embeddings: tf.Tensor2D): tf.Tensor2D => tf.matMul(embeddings, embeddings, false, true);

/**
 * Euclidean distances of unit embeddings, [B, B], from their cosines: sqrt(2 - 2 cos). The floor keeps the root's
 * derivative finite where two embeddings coincide.
 */
export const distances = (cosines: tf.Tensor2D): tf.Tensor2D =>
  tf.sqrt(tf.maximum(tf.sub(2, tf.mul(2, cosines)), 1e-6));
