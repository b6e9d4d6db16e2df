/**
 * Adam (Kingma and Ba 2015, arXiv 1412.6980) with decoupled weight decay (Loshchilov and Hutter
 * 2019) and clipping by global norm.
 */
import * as tf from "@tensorflow/tfjs-core";

/** The paper's constants, and torch's defaults. */
export const adamRates = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
const { beta1, beta2 } = adamRates;

/** The scalars of one update. They change with every step, so they are inputs. */
export interface AdamScalars {
  /** rate * sqrt(1 - beta2^t) / (1 - beta1^t): the learning rate with bias correction. */
  readonly stepSize: number;
  /** epsilon * sqrt(1 - beta2^t), which makes the result equal torch's. */
  readonly epsilon: number;
  /** 1 - rate * weightDecay: decoupled weight decay. */
  readonly decayFactor: number;
}

/** The scalars of a step. @param iteration counted from 0 */
export function adamScalars(iteration: number, rate: number, weightDecay: number): AdamScalars {
  const correction = Math.sqrt(1 - beta2 ** (iteration + 1));
  return {
    stepSize: (rate * correction) / (1 - beta1 ** (iteration + 1)),
    epsilon: adamRates.epsilon * correction,
    decayFactor: 1 - rate * weightDecay,
  };
}

/** A trained parameter with Adam's state. */
export interface Slot {
  readonly value: tf.Tensor;
  /** Exponential moving averages of the gradient and of its square. */
  readonly expAvg: tf.Tensor;
  readonly expAvgSq: tf.Tensor;
}

/**
 * Updates one parameter.
 *
 * @param scale factor of the gradient, from clipping (clipScale)
 * @param decays whether weight decay applies; not to norms and biases
 */
export function adam(
  slot: Slot,
  gradient: tf.Tensor,
  scale: tf.Scalar | undefined,
  scalars: Readonly<Record<keyof AdamScalars, tf.Scalar>>,
  decays: boolean,
): Slot {
  const clipped = scale ? tf.mul(gradient, scale) : gradient;
  const expAvg = tf.add(tf.mul(slot.expAvg, beta1), tf.mul(clipped, 1 - beta1));
  const expAvgSq = tf.add(tf.mul(slot.expAvgSq, beta2), tf.mul(tf.square(clipped), 1 - beta2));
  const step = tf.div(tf.mul(expAvg, scalars.stepSize), tf.add(tf.sqrt(expAvgSq), scalars.epsilon));
  return {
    value: tf.sub(decays ? tf.mul(slot.value, scalars.decayFactor) : slot.value, step),
    expAvg,
    expAvgSq,
  };
}

/** min(1, limit / norm), as in torch's clip_grad_norm_ (Pascanu et al. 2013, arXiv 1211.5063). */
export const clipFactor = (norm: number, limit: number): number =>
  Math.min(1, limit / (norm + 1e-6));

/** clipFactor for the global norm of all gradients, as a tensor. */
export function clipScale(gradients: readonly tf.Tensor[], limit: number): tf.Scalar {
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  return tf.minimum(tf.div(limit, tf.add(norm, 1e-6)), 1) as tf.Scalar;
}
