/**
 * A network that trains in milliseconds, for the tests of this package; nothing here needs Node.
 */
import "../src/tensors.ts";
import {
  type Architecture,
  type Parameters,
  type ParameterValues,
  parameterTable,
  uniform,
} from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import type { ObjectiveOptions } from "../src/objective/index.ts";

export const tiny = (classes: number, imageSize = 32): Architecture => ({
  name: "resnet-cgd",
  width: 8,
  blocks: [1, 1, 1, 1],
  descriptors: ["M", "G"],
  dimension: 16,
  classes,
  imageSize,
});

/** All terms count. */
export const everyTerm: ObjectiveOptions = {
  classification: { weight: 0.7, temperature: 0.5, smoothing: 0.1 },
  triplet: { weight: 1.3, margin: 0.1, miner: "hard", reducer: "nonzero" },
  contrastive: { weight: 0.9, temperature: 0.1 },
};

/** Seeded numbers in [low, high). */
export function numbers(
  count: number,
  seed: number,
  low: number,
  high: number,
): Float32Array<ArrayBuffer> {
  const next = uniform(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * next());
}

export function bytes(count: number, seed: number): Uint8Array<ArrayBuffer> {
  const next = uniform(seed);
  return Uint8Array.from({ length: count }, () => Math.floor(256 * next()));
}

/**
 * Values as a network in mid-training has them: no scale is 1, no mean 0, and no two channels are
 * alike.
 */
export function trainedLooking(architecture: Architecture, seed: number): ParameterValues {
  return new Map(
    parameterTable(architecture).map(({ name, shape, init }, i) => {
      const count = shape.reduce((product, size) => product * size, 1);
      if ("constant" in init) {
        const positive = /running_var$|norm.weight$|bn\d.weight$|downsample.1.weight$/.test(name);
        return [
          name,
          positive ? numbers(count, seed + i, 0.5, 1.5) : numbers(count, seed + i, -0.3, 0.3),
        ];
      }
      const spread = init.deviation * Math.sqrt(3);
      return [name, numbers(count, seed + i, -spread, spread)];
    }),
  );
}

/** Values as tfjs wants them: filters turned from torch's [out, in, height, width]. */
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

/** A tensor's values in torch's order. */
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
