import { expect, test } from "vitest";
import { nearestRows } from "./nearest.ts";
import { cosine, dot } from "./vectors.ts";

test("cosine ignores length", () => {
  expect(cosine([1, 0], [0, 2])).toBe(0);
  expect(cosine([1, 1], [3, 0])).toBeCloseTo(Math.SQRT1_2, 12);
  expect(cosine([1, -2, 3], [-2, 4, -6])).toBeCloseTo(-1, 12);
});

test("cosine is NaN for vectors of different lengths and for zero vectors", () => {
  expect(cosine(Float32Array.of(1, 0), Float32Array.of(1, 0, 0))).toBeNaN();
  expect(cosine(Float32Array.of(0, 0), Float32Array.of(1, 0))).toBeNaN();
});

test("nearestRows ranks rows by dot product, ties by row", () => {
  const rows = Float32Array.of(1, 0, 0, 1, 2, 0, 0, 1);
  expect(dot([1, 2], rows.subarray(4, 6))).toBe(2);
  expect(nearestRows(rows, [0.5, 1], 3)).toEqual([
    { index: 1, score: 1 },
    { index: 2, score: 1 },
    { index: 3, score: 1 },
  ]);
});
