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

/**
 * Products of all embeddings [B, D] with each other, cosine similarities where they have unit
 * length: [B, B].
 */
export const similarities = (embeddings: tf.Tensor2D): tf.Tensor2D =>
  tf.matMul(embeddings, embeddings, false, true);

/**
 * Euclidean distances of embeddings [B, D], [B, B]: sqrt(|a|^2 + |b|^2 - 2 a b) of the embeddings
 * less their mean. Distances do not change by that, but their rounding errors do: before training
 * all embeddings point nearly the same way, and a small difference of large products would decide
 * which triplets are mined. The floor keeps the root's derivative finite where two embeddings
 * coincide.
 */
export function distances(embeddings: tf.Tensor2D): tf.Tensor2D {
  const centered = tf.sub(embeddings, tf.mean(embeddings, 0, true)) as tf.Tensor2D;
  const squares = tf.sum(tf.square(centered), 1, true);
  const squared = tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(2, similarities(centered)));
  return tf.sqrt(tf.maximum(squared, 1e-6)) as tf.Tensor2D;
}
