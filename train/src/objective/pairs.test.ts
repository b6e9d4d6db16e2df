import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectNoGradient, matrix, randomRows, unit, vector } from "../../test/losses.ts";
import { distances, pairMasks } from "./pairs.ts";

describe("pairs", () => {
  test("pairMasks separates positives from negatives and excludes the item itself", () => {
    const { positive, negative } = pairMasks(vector([7, 3, 7]));
    expect(positive.arraySync()).toEqual([
      [0, 0, 1],
      [0, 0, 0],
      [1, 0, 0],
    ]);
    expect(negative.arraySync()).toEqual([
      [0, 1, 0],
      [1, 0, 1],
      [0, 1, 0],
    ]);
  });

  test("distances are Euclidean", () => {
    const rows = unit(randomRows(5, 7, 2));
    const found = distances(matrix(rows)).arraySync();
    rows.forEach((a, i) => {
      rows.forEach((b, j) => {
        if (i !== j)
          expect(found[i]![j]).toBeCloseTo(Math.hypot(...a.map((each, k) => each - b[k]!)), 5);
      });
    });
  });

  test("distances of equal rows are 1e-3, with a finite gradient", () => {
    const rows = unit([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const found = distances(matrix(rows)).arraySync();
    expect(found[0]![1]).toBeCloseTo(1e-3, 5);
    expectNoGradient((x) => tf.sum(distances(x)) as tf.Scalar, rows);
  });
});
