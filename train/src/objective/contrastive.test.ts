import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  expectGradient,
  expectLike,
  expectNoGradient,
  matrix,
  onSphere,
  type Rows,
  randomRows,
  unit,
  value,
  vector,
} from "../../test/losses.ts";
import { fixture } from "../../test/metricLearning.ts";
import { oracles } from "../../test/oracles.ts";
import { contrastiveLoss } from "./contrastive.ts";

describe("contrastiveLoss", () => {
  const labels = [0, 0, 0, 1, 1, 2];
  const rows = unit(randomRows(labels.length, 5, 4));

  test.each([0.05, 0.1, 1])("equals the reference at temperature %d", (temperature) => {
    const loss = (x: tf.Tensor2D) => contrastiveLoss(x, vector(labels), temperature);
    const oracle = (moved: Rows) => oracles.contrastive(moved, labels, temperature);
    expect(value(loss(matrix(rows)))).toBeCloseTo(oracle(rows), 4);
    expectGradient(loss, oracle, rows);
  });

  test.each(fixture.contrastive)(
    "equals pytorch-metric-learning's SupConLoss($temperature), loss and gradient",
    (expected) => {
      const loss = (x: tf.Tensor2D) =>
        contrastiveLoss(onSphere(x), vector(fixture.labels), expected.temperature);
      expectLike(loss, fixture.rows, expected);
    },
  );

  test("is 0 with a zero gradient if no anchor has a positive", () => {
    const alone = [0, 1, 2, 3, 4, 5];
    expect(Math.abs(value(contrastiveLoss(matrix(rows), vector(alone), 0.1)))).toBe(0);
    expectNoGradient((x) => contrastiveLoss(x, vector(alone), 0.1), rows);
  });

  test("works on a batch of one class", () => {
    const one = [1, 1, 1, 1, 1, 1];
    expect(value(contrastiveLoss(matrix(rows), vector(one), 0.1))).toBeCloseTo(
      oracles.contrastive(rows, one, 0.1),
      4,
    );
  });

  test("is log 3 for four identical embeddings", () => {
    const copies = unit(Array(4).fill([3, 1, 2]));
    expect(value(contrastiveLoss(matrix(copies), vector([0, 0, 1, 1]), 0.05))).toBeCloseTo(
      Math.log(3),
      4,
    );
  });
});
