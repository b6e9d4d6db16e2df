import { readFileSync } from "node:fs";
import { randomFloats } from "@plumage/models/testing";
import { describe, expect, test } from "vitest";
import { type AdamWState, adamW, clipped } from "../../../../test/adamW.ts";
import { adamFile, assembleAdam } from "../../../../test/assembleAdam.ts";
import { adamScalars, clipFactor } from "../../../program/adam.ts";
import { relativeError } from "../../../testing/tensors.ts";
import { adamMemory } from "./adamMemory.ts";

const lengths = [7, 1, 64];
const gradientsAt = (step: number, size: number) =>
  lengths.map((length, i) => randomFloats(length, 31 * step + i, -2 * size, 3 * size));

describe.each([
  { clip: 0, decay: 0, rates: [0.01, 0.01, 0.01], size: 1 },
  { clip: 1, decay: 0.05, rates: [0.1, 0.05, 0.001], size: 1 },
  { clip: 1000, decay: 0.5, rates: [0.1, 0.1, 0.1], size: 1 },
  // Gradients as small as epsilon, whose place in the formula then matters.
  { clip: 0, decay: 0, rates: [0.01, 0.01, 0.01], size: 1e-8 },
])("clip $clip, decay $decay, rates $rates, gradients of $size", ({ clip, decay, rates, size }) => {
  test("equals torch's AdamW step after step", () => {
    const { slots, update, gradientNorm } = adamMemory(lengths);
    // The second one plays the part of a bias.
    const decays = (slot: number) => slot !== 1;
    slots.forEach((slot, i) => {
      slot.value.set(randomFloats(slot.value.length, i, -1, 1));
    });
    let expected = slots.map(({ value }): AdamWState => {
      const zeros = Array(value.length).fill(0);
      return { value: [...value], expAvg: zeros, expAvgSq: zeros };
    });
    for (const [iteration, rate] of rates.entries()) {
      const gradients = gradientsAt(iteration, size);
      slots.forEach((slot, i) => {
        slot.gradient.set(gradients[i]!);
      });
      const scale = clip ? clipFactor(gradientNorm(), clip) : 1;
      slots.forEach((slot, i) => {
        update(slot, scale, adamScalars(iteration, rate, decay), decays(i));
      });

      const plain = gradients.map((gradient) => [...gradient]);
      const scaled = clip ? clipped(plain, clip) : plain;
      expected = expected.map((moments, i) =>
        adamW(moments, scaled[i]!, iteration + 1, { rate, decay: decays(i) ? decay : 0 }),
      );
      slots.forEach((slot, i) => {
        for (const part of ["value", "expAvg", "expAvgSq"] as const) {
          expect(relativeError(slot[part], expected[i]![part]), `${part} ${i}`).toBeLessThan(1e-5);
        }
      });
    }
  });
});

test("with a zero gradient only weight decay changes a parameter", () => {
  const { slots, update } = adamMemory([2, 2]);
  const [matrix, bias] = slots as [(typeof slots)[number], (typeof slots)[number]];
  matrix.value.set([2, -4]);
  bias.value.set([2, -4]);
  update(matrix, 1, adamScalars(0, 0.5, 0.5), true);
  update(bias, 1, adamScalars(0, 0.5, 0.5), false);
  expect([...matrix.value]).toEqual([1.5, -3]);
  expect([...bias.value]).toEqual([2, -4]);
});

test.each([1, 3, 4, 9])("gradientNorm covers gradients of %i and 5 elements", (length) => {
  const { slots, gradientNorm } = adamMemory([length, 5]);
  slots.forEach(({ gradient }, i) => {
    gradient.set(randomFloats(gradient.length, i, -3, 3));
  });
  expect(gradientNorm()).toBeCloseTo(
    Math.hypot(...slots.flatMap(({ gradient }) => [...gradient])),
    10,
  );
});

test("adam.wasm is assembled from adam.wat", async () => {
  expect(Buffer.from(await assembleAdam()).equals(readFileSync(adamFile("wasm")))).toBe(true);
});

test("clipFactor keeps norms below the limit and scales larger ones to it", () => {
  expect(clipFactor(0.5, 1)).toBe(1);
  expect(clipFactor(0, 1)).toBe(1);
  expect(clipFactor(10, 1) * 10).toBeCloseTo(1, 6);
});
