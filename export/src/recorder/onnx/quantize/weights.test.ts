import { randomFloats } from "@plumage/models/testing";
import { describe, expect, test } from "vitest";
import { quantizeWeights } from "./weights.ts";

const quantized = (shape: number[], axis = 0) => {
  const exact = randomFloats(
    shape.reduce((product, size) => product * size, 1),
    7,
    -1,
    1,
  );
  const bytes = new Uint8Array(exact.buffer);
  const weights = { name: "w", type: "float32", shape, bytes } as const;
  return { exact, ...quantizeWeights(weights, axis) };
};

describe("quantizeWeights", () => {
  const [outputs, inputs, size] = [6, 3, 7];
  const { exact, values, scales } = quantized([outputs, inputs, size, size]);
  const perOutput = inputs * size * size;
  /** Rounding errors, in steps of the output channel. */
  const errors = Array.from(values, (value, i) => {
    return value - exact[i]! / scales[Math.floor(i / perOutput)]!;
  });

  test("every weight becomes one of its two neighbors, of -127 to 127", () => {
    for (const error of errors) expect(Math.abs(error)).toBeLessThan(1.0001);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-127);
    for (let output = 0; output < outputs; output++) {
      const own = values.subarray(output * perOutput, (output + 1) * perOutput);
      expect(Math.max(...own.map(Math.abs))).toBe(127);
    }
  });

  test("the errors of a filter's window sum up to at most half a step", () => {
    const window = size * size;
    const sums = (of: number[]) =>
      Array.from({ length: outputs * inputs }, (_, i) =>
        Math.abs(of.slice(i * window, (i + 1) * window).reduce((sum, each) => sum + each, 0)),
      );
    expect(Math.max(...sums(errors))).toBeLessThan(0.501);
    const nearest = errors.map((error) => error - Math.round(error));
    expect(Math.max(...sums(nearest))).toBeGreaterThan(1);
  });

  test("few weights move away from the nearest step", () => {
    const moved = errors.filter((error) => Math.abs(error) > 0.501);
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.length).toBeLessThan(values.length / 10);
    for (const error of moved) expect(Math.abs(error)).toBeLessThan(0.7);
  });

  test("matrices and 1 x 1 filters are rounded to the nearest step", () => {
    for (const [shape, axis] of [
      [[5, 8, 1, 1], 0],
      [[8, 5], 1],
    ] as const) {
      const { exact, values, scales } = quantized([...shape], axis);
      const channel = (i: number) => (axis === 0 ? Math.floor(i / 8) : i % 5);
      expect([...values]).toEqual(
        Array.from(exact, (value, i) => Math.round(value / scales[channel(i)]!) + 0),
      );
    }
  });
});
