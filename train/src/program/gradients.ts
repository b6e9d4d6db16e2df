/** Gradients with respect to parameters, of which a loss need not use all. */
import * as tf from "@tensorflow/tfjs-core";

/**
 * As tf.valueAndGrads, which throws if the value does not depend on one of the arguments: here, the
 * gradient with respect to that one is zero. So are those of the classifier without a
 * classification loss, and of the head without any other.
 */
export function valueAndGradients(
  f: (...values: tf.Tensor[]) => tf.Scalar,
  values: readonly tf.Tensor[],
): { value: tf.Scalar; grads: tf.Tensor[] } {
  const { value, grads } = tf
    .engine()
    .gradients<tf.Scalar>(() => f(...values), [...values], undefined, true);
  // The types say that there is a gradient for each.
  const found = grads as (tf.Tensor | null | undefined)[];
  return { value, grads: found.map((each, i) => each ?? tf.zerosLike(values[i]!)) };
}
