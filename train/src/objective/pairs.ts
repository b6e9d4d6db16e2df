/** Positive and negative pairs of a batch, their similarities and distances, and sums over them. */
import * as tf from "@tensorflow/tfjs-core";

/** Float masks [B, B]. Positive: same label, not the same item. Negative: another label. */
export function pairMasks(labels: tf.Tensor1D): { positive: tf.Tensor2D; negative: tf.Tensor2D } {
  const count = labels.shape[0];
  const same = tf.cast(
    tf.equal(tf.reshape(labels, [count, 1]), tf.reshape(labels, [1, count])),
    "float32",
  ) as tf.Tensor2D;
  return { positive: tf.sub(same, tf.eye(count)), negative: tf.sub(1, same) };
}

/** Dot products of all pairs of embeddings [B, D]: [B, B]. Cosines, if they have unit length. */
export const similarities = (embeddings: tf.Tensor2D): tf.Tensor2D =>
  tf.matMul(embeddings, embeddings, false, true);

/**
 * Euclidean distances of all pairs of embeddings [B, D]: [B, B].
 *
 * Computes sqrt(|a|^2 + |b|^2 - 2 a b) of centered embeddings. Centering keeps distances but
 * reduces rounding errors: before training all embeddings point in nearly the same direction, and
 * without it rounding would decide which triplets are mined. The floor of 1e-3 keeps the gradient
 * finite where two embeddings coincide.
 */
export function distances(embeddings: tf.Tensor2D): tf.Tensor2D {
  const centered = tf.sub(embeddings, tf.mean(embeddings, 0, true)) as tf.Tensor2D;
  const squares = tf.sum(tf.square(centered), 1, true);
  const squared = tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(2, similarities(centered)));
  return tf.sqrt(tf.maximum(squared, 1e-6)) as tf.Tensor2D;
}

/** Scales rows [N, D] to unit length, as torch's `F.normalize` does. */
export const unitRows = (rows: tf.Tensor2D): tf.Tensor2D =>
  tf.div(rows, tf.sqrt(tf.maximum(tf.sum(tf.square(rows), 1, true), 1e-24)));

/** The same values as a constant, through which no gradient flows: torch's `detach`. */
export const detached = tf.customGrad((x: unknown) => ({
  value: tf.clone(x as tf.Tensor2D),
  gradFunc: (dy) => tf.zerosLike(dy),
})) as (x: tf.Tensor2D) => tf.Tensor2D;

/**
 * log(1 + sum of exp(x)) over the kept elements of each row (axis 1) or column (axis 0), without
 * overflow.
 *
 * @param x [N, M]
 * @param kept 1 or 0, [N, M]
 */
export function logOnePlusSumExp(x: tf.Tensor2D, kept: tf.Tensor2D, axis: 0 | 1): tf.Tensor1D {
  const exponents = tf.sub(tf.mul(x, kept), tf.mul(tf.sub(1, kept), 1e9));
  const largest = tf.relu(tf.max(exponents, axis, true));
  const sum = tf.sum(tf.exp(tf.sub(exponents, largest)), axis, true);
  const logarithm = tf.log(tf.add(sum, tf.exp(tf.neg(largest))));
  return tf.reshape(tf.add(largest, logarithm), [-1]);
}

/** log(sum of exp(x)) over the kept elements of each row; about -1e9 for rows that keep none. */
export function logSumExp(x: tf.Tensor2D, kept: tf.Tensor2D): tf.Tensor1D {
  const exponents = tf.sub(tf.mul(x, kept), tf.mul(tf.sub(1, kept), 1e9));
  return tf.logSumExp(exponents, 1);
}
