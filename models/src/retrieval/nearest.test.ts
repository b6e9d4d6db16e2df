import { expect, test } from "vitest";
import { nearestRows, neighborRecall } from "./nearest.ts";

test("nearestRows ranks rows by dot product, ties by row", () => {
  const rows = Float32Array.of(1, 0, 0, 1, 2, 0, 0, 1);
  expect(nearestRows(rows, [0.5, 1], 3)).toEqual([
    { index: 1, score: 1 },
    { index: 2, score: 1 },
    { index: 3, score: 1 },
  ]);
});

test("neighborRecall is the fraction of exact neighbors found", () => {
  const exact = [
    [1, 2],
    [3, 4],
  ];
  expect(neighborRecall(exact, exact)).toBe(1);
  expect(neighborRecall([[2, 9], []], exact)).toBe(0.25);
});
