import * as tf from "@tensorflow/tfjs-core";
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
import {
  type MultiSimilarityOptions,
  multiSimilarityLoss,
  multiSimilarityPairs,
} from "./multiSimilarity.ts";
import { similarities } from "./pairs.ts";

const usual = { alpha: 2, beta: 50, base: 0.5, epsilon: 0.1 };

/** The numbers of mined pairs. */
function mined(x: tf.Tensor2D, labels: number[], { epsilon }: MultiSimilarityOptions) {
  const { positive, negative } = multiSimilarityPairs(similarities(x), vector(labels), epsilon);
  return [value(tf.sum(positive)), value(tf.sum(negative))];
}

describe("multiSimilarityLoss", () => {
  const labels = [0, 0, 0, 1, 1, 2];
  const rows = randomRows(labels.length, 5, 4);

  test.each([usual, { alpha: 1, beta: 8, base: 0, epsilon: 0.3 }, { ...usual, epsilon: 2 }])(
    "equals the reference: %j",
    (options) => {
      const expected = oracles.multiSimilarity(unit(rows), labels, options);
      expect(mined(matrix(unit(rows)), labels, options)).toEqual([
        expected.positives,
        expected.negatives,
      ]);
      const loss = (x: tf.Tensor2D) => multiSimilarityLoss(onSphere(x), vector(labels), options);
      expect(value(loss(matrix(rows)))).toBeCloseTo(expected.loss, 5);
      expectGradient(
        loss,
        (moved) => oracles.multiSimilarity(unit(moved), labels, options).loss,
        rows,
      );
    },
  );

  test.each(fixture.multiSimilarity)(
    "equals pytorch-metric-learning: $options, $positives and $negatives pairs",
    ({ options, positives, negatives, ...expected }) => {
      expect(mined(onSphere(matrix(fixture.rows)), fixture.labels, options)).toEqual([
        positives,
        negatives,
      ]);
      expectLike(
        (x) => multiSimilarityLoss(onSphere(x), vector(fixture.labels), options),
        fixture.rows,
        expected,
      );
    },
  );

  test.each([
    { name: "without negatives", labels: [1, 1, 1, 1] },
    { name: "without positives", labels: [0, 1, 2, 3] },
  ])("$name mines nothing and is 0 with a zero gradient", ({ labels }) => {
    const four = unit(rows.slice(0, 4));
    expect(mined(matrix(four), labels, usual)).toEqual([0, 0]);
    expect(value(multiSimilarityLoss(matrix(four), vector(labels), usual))).toBe(0);
    expectNoGradient((x) => multiSimilarityLoss(x, vector(labels), usual), four);
  });
});
