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
import { minerNames } from "./miners.ts";
import { reducerNames } from "./reducers.ts";
import { type TripletOptions, tripletLoss } from "./triplet.ts";

const hard = (margin: number): TripletOptions => ({ margin, miner: "hard", reducer: "nonzero" });
const choices = minerNames.flatMap((miner) => reducerNames.map((reducer) => ({ miner, reducer })));

describe("tripletLoss", () => {
  // Three classes of four, as in an M-per-class batch, and a class of one.
  const labels = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3];
  const spread = randomRows(labels.length, 6, 3);
  const rows = unit(spread);

  test.each(choices.flatMap((choice) => [0.1, 0.5].map((margin) => ({ ...choice, margin }))))(
    "$miner, $reducer, margin $margin: equals the reference",
    (options) => {
      const { loss, mined } = tripletLoss(matrix(rows), vector(labels), options);
      const expected = oracles.triplet(rows, labels, options);
      expect(expected.mined).toBeGreaterThan(5);
      expect(value(mined)).toBe(expected.mined);
      expect(value(loss)).toBeCloseTo(expected.loss, 4);
      // Both sides normalize, so that the oracle's finite differences stay on the sphere.
      expectGradient(
        (x) => tripletLoss(onSphere(x), vector(labels), options).loss,
        (moved) => oracles.triplet(unit(moved), labels, options).loss,
        spread,
      );
    },
  );

  test.each(fixture.triplets)(
    "$miner, $reducer, margin $margin: equals pytorch-metric-learning",
    (expected) => {
      const options = { margin: expected.margin, miner: expected.miner, reducer: expected.reducer };
      const run = (x: tf.Tensor2D) => tripletLoss(onSphere(x), vector(fixture.labels), options);
      expect(value(run(matrix(fixture.rows)).mined)).toBe(expected.mined);
      expectLike((x) => run(x).loss, fixture.rows, expected);
    },
  );

  test.each([
    { name: "without negatives", labels: [1, 1, 1, 1] },
    { name: "without positives", labels: [0, 1, 2, 3] },
  ])("$name mines nothing and is 0 with a zero gradient", ({ labels }) => {
    const four = rows.slice(0, 4);
    const { loss, mined } = tripletLoss(matrix(four), vector(labels), hard(0.1));
    expect([value(loss), value(mined)]).toEqual([0, 0]);
    expectNoGradient((x) => tripletLoss(x, vector(labels), hard(0.1)).loss, four);
  });

  test("mines no hard triplets from well-separated classes", () => {
    const near = unit([
      [1, 0, 0],
      [1, 0.1, 0],
      [0.9, 0.14, 0],
      [0.9, 0.25, 0],
    ]);
    const two = [0, 0, 1, 1];
    const apart = [
      near[0]!,
      near[1]!,
      near[2]!.map((each) => -each),
      near[3]!.map((each) => -each),
    ];
    expect(value(tripletLoss(matrix(apart), vector(two), hard(0.1)).mined)).toBe(0);
    // Unseparated, there are hard triplets: the second row is closer to the third than the first.
    expect(value(tripletLoss(matrix(near), vector(two), hard(0.1)).mined)).toBe(
      oracles.triplet(near, two, hard(0.1)).mined,
    );
    expect(oracles.triplet(near, two, hard(0.1)).mined).toBeGreaterThan(0);
  });

  test("mines copies of an image with two labels, with loss = margin and a finite gradient", () => {
    const copies = unit([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const two = [0, 0, 1, 1];
    const { loss, mined } = tripletLoss(matrix(copies), vector(two), hard(0.1));
    // Four anchors, one positive and two negatives each.
    expect(value(mined)).toBe(8);
    expect(value(loss)).toBeCloseTo(0.1, 5);
    expectNoGradient((x) => tripletLoss(x, vector(two), hard(0.1)).loss, copies);
  });
});
