import { expect, test } from "vitest";
import { cosine, dot } from "./vectors.ts";

test("dot sums products", () => {
  expect(dot([1, 2], Float32Array.of(3, -1))).toBe(1);
});

test("cosine ignores length", () => {
  expect(cosine([1, 0], [0, 2])).toBe(0);
  expect(cosine([1, 1], [3, 0])).toBeCloseTo(Math.SQRT1_2, 12);
  expect(cosine([1, -2, 3], [-2, 4, -6])).toBeCloseTo(-1, 12);
});

test("cosine is NaN for vectors of different lengths and for zero vectors", () => {
  expect(cosine(Float32Array.of(1, 0), Float32Array.of(1, 0, 0))).toBeNaN();
  expect(cosine(Float32Array.of(0, 0), Float32Array.of(1, 0))).toBeNaN();
});
