import { randomFloats } from "@plumage/models/testing";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { type AdamWState, adamW, clipped } from "../../test/adamW.ts";
import { relativeError } from "../testing/tensors.ts";
import { type AdamScalars, adam, adamScalars, clipScale, type Slot } from "./adam.ts";

beforeAll(() => tf.setBackend("cpu"));

const shape = [3, 4];
const asTensors = (scalars: AdamScalars) =>
  Object.fromEntries(
    Object.entries(scalars).map(([name, each]) => [name, tf.scalar(each)]),
  ) as Record<keyof AdamScalars, tf.Scalar>;

describe.each([
  { clip: 0, decay: 0, size: 1 },
  { clip: 0.5, decay: 0.1, size: 1 },
  // Gradients as small as epsilon, whose place in the formula then matters.
  { clip: 0, decay: 0, size: 1e-8 },
])("clip $clip, decay $decay, gradients of $size", ({ clip, decay, size }) => {
  test("equals torch's AdamW over steps with decreasing rates", () => {
    const first = randomFloats(12, 1, -1, 1);
    let slot: Slot = {
      value: tf.tensor(first, shape),
      expAvg: tf.zeros(shape),
      expAvgSq: tf.zeros(shape),
    };
    let expected: AdamWState = {
      value: [...first],
      expAvg: Array(12).fill(0),
      expAvgSq: Array(12).fill(0),
    };
    for (const [iteration, rate] of [0.1, 0.05, 0.01, 0.001].entries()) {
      const gradient = randomFloats(12, 10 + iteration, -size, 2 * size);
      const tensor = tf.tensor(gradient, shape);
      const scale = clip ? clipScale([tensor], clip) : undefined;
      slot = adam(slot, tensor, scale, asTensors(adamScalars(iteration, rate, decay)), decay > 0);
      const scaled = clip ? clipped([[...gradient]], clip)[0]! : [...gradient];
      expected = adamW(expected, scaled, iteration + 1, { rate, decay });
      for (const part of ["value", "expAvg", "expAvgSq"] as const) {
        expect(relativeError(slot[part].dataSync(), expected[part]), part).toBeLessThan(1e-5);
      }
    }
  });
});

test("clipScale uses the norm of all gradients together", () => {
  const gradients = [tf.tensor1d([3, 0]), tf.tensor2d([[0], [4]])];
  expect(clipScale(gradients, 1).dataSync()[0]).toBeCloseTo(1 / 5, 5);
  expect(clipScale(gradients, 6).dataSync()[0]).toBe(1);
});
