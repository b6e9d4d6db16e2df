import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { expectGradient, matrix, type Rows, randomRows, value, vector } from "../../test/losses.ts";
import { oracles } from "../../test/oracles.ts";
import { accuracy, classificationLoss } from "./classification.ts";

describe("classificationLoss", () => {
  const logits = randomRows(6, 5, 1).map((row) => row.map((logit) => 4 * logit));
  const labels = [0, 4, 2, 2, 1, 3];

  test.each([
    { temperature: 1, smoothing: 0 },
    { temperature: 0.5, smoothing: 0.1 },
    { temperature: 2, smoothing: 1 },
  ])(
    "equals the reference at temperature $temperature, smoothing $smoothing",
    ({ temperature, smoothing }) => {
      const loss = (x: tf.Tensor2D) =>
        classificationLoss(x, vector(labels), { temperature, smoothing });
      const oracle = (rows: Rows) => oracles.classification(rows, labels, temperature, smoothing);
      expect(value(loss(matrix(logits)))).toBeCloseTo(oracle(logits), 5);
      expectGradient(loss, oracle, logits);
    },
  );

  test("equals torch's F.cross_entropy(logits / 0.5, labels, label_smoothing=0.1)", () => {
    const rows = [
      [1, -2, 0.5],
      [0.25, 3, -1],
    ];
    const loss = classificationLoss(matrix(rows), vector([0, 2]), {
      temperature: 0.5,
      smoothing: 0.1,
    });
    expect(value(loss)).toBeCloseTo(4.101408989359952, 5);
  });

  test("stays finite for large logits", () => {
    const loss = classificationLoss(matrix([[200, -200]]), vector([1]), {
      temperature: 0.5,
      smoothing: 0,
    });
    expect(value(loss)).toBeCloseTo(800, 3);
  });

  test("accuracy is the share of rows whose largest logit is the label's", () => {
    const rows = [
      [3, 1, 2],
      [0, 5, 4],
      [1, 0, 2],
      [9, 0, 0],
    ];
    expect(value(accuracy(matrix(rows), vector([0, 2, 2, 1])))).toBe(0.5);
  });
});
