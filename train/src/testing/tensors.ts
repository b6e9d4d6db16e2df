/** An objective and tensors for tests of the training step. Browser-safe. */
import "../tensors.ts";
import {
  type Architecture,
  type Parameters,
  type ParameterValues,
  parameterTable,
} from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import type { ObjectiveOptions } from "../objective/index.ts";
import type { StepOptions } from "../program/step.ts";

/** Every term has a weight. */
export const everyTerm: ObjectiveOptions = {
  classification: { weight: 0.7, temperature: 0.5, smoothing: 0.1 },
  triplet: { weight: 1.3, margin: 0.1, miner: "hard", reducer: "nonzero" },
  contrastive: { weight: 0.9, temperature: 0.1 },
  proxyAnchor: { weight: 0.3, margin: 0.1, scale: 8 },
  multiSimilarity: { weight: 0.4, alpha: 2, beta: 10, base: 0.5, epsilon: 0.1 },
  circle: { weight: 0.2, margin: 0.4, scale: 8 },
  arcFace: { weight: 0.2, margin: 28.6, scale: 8, centers: 2 },
};

/** What everyTerm requires of an architecture. */
export const everyClassVector = { classVectors: { proxyAnchor: 1, arcFace: 2 } };

/** A step that uses all of its options. */
export const stepOptions = {
  batchNorm: "frozen",
  objective: everyTerm,
  clipNorm: 1,
  weightDecay: 0.05,
  headRate: 0.3,
  proxyRate: 2,
} as const satisfies StepOptions;

/** The trained (or frozen) parameters as tfjs tensors: filters go from OIHW to HWIO. */
export function asTensors(
  architecture: Architecture,
  values: ParameterValues,
  trained: boolean,
): Parameters {
  return Object.fromEntries(
    parameterTable(architecture)
      .filter((spec) => spec.trained === trained)
      .map(({ name, shape }) => {
        const tensor = tf.tensor(values.get(name)!, [...shape]);
        return [name, shape.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tensor];
      }),
  );
}

/** A tensor's values in torch's order: filters go from HWIO to OIHW. */
export const inTorchOrder = (tensor: tf.Tensor): Float32Array =>
  (tensor.rank === 4 ? tf.transpose(tensor, [3, 2, 0, 1]) : tensor).dataSync() as Float32Array;

/** Largest difference over the largest expected value. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values and ${expected.length} expected`);
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    // A NaN must not pass as no difference.
    const each = Math.abs(actual[i]! - expected[i]!);
    difference = Number.isNaN(each) ? Number.POSITIVE_INFINITY : Math.max(difference, each);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return difference / Math.max(largest, 1e-12);
}
