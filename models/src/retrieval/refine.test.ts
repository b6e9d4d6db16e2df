import { expect, test } from "vitest";
import { refine } from "./refine.ts";
import { dot } from "./vectors.ts";

const [x, y, z] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
].map((values) => new Float32Array(values)) as [Float32Array, Float32Array, Float32Array];

test("returns the query without examples", () => {
  expect(refine(x, [], [])).toBe(x);
});

test("adds and subtracts the means of the examples, and keeps unit length", () => {
  const moved = refine(x, [y, z], [y]);
  const expected = [1, 0.375 - 0.15, 0.375];
  const length = Math.hypot(...expected);
  for (const [i, value] of expected.entries()) expect(moved[i]).toBeCloseTo(value / length, 6);
  expect(dot(moved, moved)).toBeCloseTo(1, 6);
});

test("weighs many equal examples like one", () => {
  expect(dot(refine(x, [y, y, y], []), refine(x, [y], []))).toBeCloseTo(1, 6);
});

test("returns the query if the examples cancel it out", () => {
  const opposite = x.map((value) => (value * -1) / 0.75);
  expect(refine(x, [opposite], [])).toBe(x);
});
