import type * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  expectGradient,
  expectLike,
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
import { proxyAnchorLoss } from "./proxyAnchor.ts";

describe("proxyAnchorLoss", () => {
  // The class 3 has no image in the batch.
  const labels = [0, 0, 0, 1, 1, 2];
  const rows = unit(randomRows(labels.length, 5, 4));
  const proxies = randomRows(4, 5, 8);

  test.each([
    { margin: 0.1, scale: 32 },
    { margin: 0.5, scale: 4 },
  ])("equals the reference at margin $margin, scale $scale", (options) => {
    const loss = (x: tf.Tensor2D, of: tf.Tensor2D) =>
      proxyAnchorLoss(x, vector(labels), of, options);
    const oracle = (x: Rows, of: Rows) => oracles.proxyAnchor(x, labels, of, options);
    expect(value(loss(matrix(rows), matrix(proxies)))).toBeCloseTo(oracle(rows, proxies), 4);
    expectGradient(
      (x) => loss(x, matrix(proxies)),
      (moved) => oracle(moved, proxies),
      rows,
    );
    expectGradient(
      (of) => loss(matrix(rows), of),
      (moved) => oracle(rows, moved),
      proxies,
    );
  });

  test.each(fixture.proxyAnchor)(
    "equals pytorch-metric-learning's ProxyAnchorLoss at margin $margin, scale $scale",
    ({ vectorGradient, ...expected }) => {
      const loss = (x: tf.Tensor2D, of: tf.Tensor2D) =>
        proxyAnchorLoss(onSphere(x), vector(fixture.labels), of, expected);
      expectLike((x) => loss(x, matrix(fixture.vectors)), fixture.rows, expected);
      expectLike((of) => loss(matrix(fixture.rows), of), fixture.vectors, {
        loss: expected.loss,
        gradient: vectorGradient,
      });
    },
  );

  test("stays finite for a large scale", () => {
    const options = { margin: 0.1, scale: 1000 };
    const opposite = [
      [-1, 0],
      [0, 1],
    ];
    const loss = proxyAnchorLoss(matrix([[1, 0]]), vector([0]), matrix(opposite), options);
    // The proxy of its class is 1.1 too far, and half of the proxies are 0.1 too near.
    expect(value(loss)).toBeCloseTo(1100 + 100 / 2, 2);
  });
});
