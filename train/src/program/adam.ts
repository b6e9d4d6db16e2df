/**
 * Adam (Kingma and Ba 2015, arXiv 1412.6980) with decoupled weight decay (Loshchilov and Hutter
 * 2019) and clipping by global norm.
 */
import * as tf from "@tensorflow/tfjs-core";

/** The paper's constants, and torch's defaults. */
export const adamRates = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const { beta1, beta2 } = adamRates;

/** The scalars of one update; they change from step to step and so are fed in. */
export interface AdamScalars {
  /** rate * sqrt(1 - beta2^t) / (1 - beta1^t). */
  readonly stepSize: number;
  /** epsilon * sqrt(1 - beta2^t), so that the result equals torch's. */
  readonly epsilon: number;
  /** 1 - rate * weightDecay. */
  readonly keep: number;
}

/** @param iteration counted from 0 */
export function adamScalars(iteration: number, rate: number, weightDecay: number): AdamScalars {
  const correction = Math.sqrt(1 - beta2 ** (iteration + 1));
  return {
    stepSize: (rate * correction) / (1 - beta1 ** (iteration + 1)),
    epsilon: adamRates.epsilon * correction,
    keep: 1 - rate * weightDecay,
  };
}

export interface Slot {
  readonly value: tf.Tensor;
  /** Exponential moving averages of the gradient and of its square. */
  readonly expAvg: tf.Tensor;
  readonly expAvgSq: tf.Tensor;
}

/**
 * One update of one parameter.
 *
 * @param scale the gradient is multiplied by it first (see clipScale)
 * @param decays whether weight decay applies; it does not to norms and biases
 */
export function adam(
  slot: Slot,
  gradient: tf.Tensor,
  scale: tf.Scalar | undefined,
  scalars: Record<keyof AdamScalars, tf.Scalar>,
  decays: boolean,
): Slot {
  const clipped = scale ? tf.mul(gradient, scale) : gradient;
  const expAvg = tf.add(tf.mul(slot.expAvg, beta1), tf.mul(clipped, 1 - beta1));
  const expAvgSq = tf.add(tf.mul(slot.expAvgSq, beta2), tf.mul(tf.square(clipped), 1 - beta2));
  const step = tf.div(tf.mul(expAvg, scalars.stepSize), tf.add(tf.sqrt(expAvgSq), scalars.epsilon));
  return {
    value: tf.sub(decays ? tf.mul(slot.value, scalars.keep) : slot.value, step),
    expAvg,
    expAvgSq,
  };
}

/** min(1, limit / norm) (Pascanu et al. 2013), as torch's clip_grad_norm_. */
export const clipFactor = (norm: number, limit: number): number =>
  Math.min(1, limit / (norm + 1e-6));

/** clipFactor of all gradients together, as a tensor. */
export function clipScale(gradients: readonly tf.Tensor[], limit: number): tf.Scalar {
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  return tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1) as tf.Scalar;
}
