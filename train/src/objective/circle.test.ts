import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  expectGradient,
  expectLike,
  expectNoGradient,
  matrix,
  onSphere,
  randomRows,
  unit,
  value,
  vector,
} from "../../test/losses.ts";
import { fixture } from "../../test/metricLearning.ts";
import { oracles } from "../../test/oracles.ts";
import { circleLoss } from "./circle.ts";

describe("circleLoss", () => {
  // The last item has no positive.
  const labels = [0, 0, 0, 1, 1, 2];
  const rows = randomRows(labels.length, 5, 4);

  test.each([
    { margin: 0.4, scale: 80 },
    { margin: 0.25, scale: 8 },
  ])("equals the reference at margin $margin, scale $scale", (options) => {
    const loss = (x: tf.Tensor2D) => circleLoss(onSphere(x), vector(labels), options);
    const oracle = (moved: number[][]) => oracles.circle(unit(moved), labels, options, unit(rows));
    expect(value(loss(matrix(rows))) / oracle(rows)).toBeCloseTo(1, 4);
    expectGradient(loss, oracle, rows);
  });

  test.each(fixture.circle)(
    "equals pytorch-metric-learning's CircleLoss at margin $margin, scale $scale",
    (expected) => {
      expectLike(
        (x) => circleLoss(onSphere(x), vector(fixture.labels), expected),
        fixture.rows,
        expected,
      );
    },
  );

  test.each([
    { name: "without negatives", labels: [1, 1, 1, 1] },
    { name: "without positives", labels: [0, 1, 2, 3] },
  ])("is 0 with a zero gradient $name", ({ labels }) => {
    const four = unit(rows.slice(0, 4));
    const options = { margin: 0.4, scale: 80 };
    expect(value(circleLoss(matrix(four), vector(labels), options))).toBe(0);
    expectNoGradient((x) => circleLoss(x, vector(labels), options), four);
  });
});
