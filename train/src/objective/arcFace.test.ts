import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  expectGradient,
  expectLike,
  matrix,
  onSphere,
  randomRows,
  unit,
  value,
  vector,
} from "../../test/losses.ts";
import { fixture } from "../../test/metricLearning.ts";
import { oracles } from "../../test/oracles.ts";
import { arcFaceLoss } from "./arcFace.ts";

describe("arcFaceLoss", () => {
  const labels = [0, 0, 0, 1, 1, 2];
  const rows = randomRows(labels.length, 5, 4);

  test.each([
    { margin: 28.6, scale: 64, centers: 1 },
    { margin: 28.6, scale: 16, centers: 3 },
    // Many angles are beyond 180 degrees.
    { margin: 110, scale: 4, centers: 1 },
  ])("equals the reference: $margin degrees, scale $scale, centers $centers", (options) => {
    const centers = randomRows(4 * options.centers, 5, 8);
    const loss = (x: tf.Tensor2D, of: tf.Tensor2D) =>
      arcFaceLoss(onSphere(x), vector(labels), of, options);
    const oracle = (x: number[][], of: number[][]) => oracles.arcFace(unit(x), labels, of, options);
    expect(value(loss(matrix(rows), matrix(centers)))).toBeCloseTo(oracle(rows, centers), 4);
    expectGradient(
      (x) => loss(x, matrix(centers)),
      (moved) => oracle(moved, centers),
      rows,
    );
    expectGradient(
      (of) => loss(matrix(rows), of),
      (moved) => oracle(rows, moved),
      centers,
    );
  });

  test.each(fixture.arcFace)(
    "equals pytorch-metric-learning: $options",
    ({ options, vectorGradient, ...expected }) => {
      const centers = fixture.centers.slice(0, 5 * options.centers);
      const loss = (x: tf.Tensor2D, of: tf.Tensor2D) =>
        arcFaceLoss(onSphere(x), vector(fixture.labels), of, options);
      expectLike((x) => loss(x, matrix(centers)), fixture.rows, expected);
      expectLike((of) => loss(matrix(fixture.rows), of), centers, {
        loss: expected.loss,
        gradient: vectorGradient,
      });
    },
  );

  test("has a finite gradient where an embedding is its class's center", () => {
    const centers = unit(randomRows(2, 3, 9));
    const options = { margin: 28.6, scale: 64, centers: 1 };
    const gradient = tf.grad((x) =>
      arcFaceLoss(x as tf.Tensor2D, vector([0, 1]), matrix(centers), options),
    )(matrix(centers));
    expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
  });
});
