import { expect, test } from "vitest";
import { refine } from "./refine.ts";
import { dot } from "./vectors.ts";

const [x, y, z] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
].map((values) => new Float32Array(values)) as [Float32Array, Float32Array, Float32Array];

test("without examples the query stays what it is", () => {
  expect(refine(x, [], [])).toBe(x);
});

test("examples move it by their mean, and it keeps its length", () => {
  const moved = refine(x, [y, z], [y]);
  const expected = [1, 0.375 - 0.15, 0.375];
  const length = Math.hypot(...expected);
  for (const [i, value] of expected.entries()) expect(moved[i]).toBeCloseTo(value / length, 6);
  expect(dot(moved, moved)).toBeCloseTo(1, 6);
});

test("as many examples as there are count no more than one", () => {
  expect(dot(refine(x, [y, y, y], []), refine(x, [y], []))).toBeCloseTo(1, 6);
});

test("a query that its examples would cancel out stays what it is", () => {
  const opposite = x.map((value) => (value * -1) / 0.75);
  expect(refine(x, [opposite], [])).toBe(x);
});
