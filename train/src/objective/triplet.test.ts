import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  expectGradient,
  expectNear,
  expectNoGradient,
  matrix,
  onSphere,
  oracles,
  type Rows,
  randomRows,
  unit,
  value,
  vector,
} from "../../test/losses.ts";
import { fixture } from "../../test/metricLearning.ts";
import { minerNames } from "./miners.ts";
import { reducerNames } from "./reducers.ts";
import { type TripletOptions, tripletLoss } from "./triplet.ts";

const hard = (margin: number): TripletOptions => ({ margin, miner: "hard", reducer: "nonzero" });
const choices = minerNames.flatMap((miner) => reducerNames.map((reducer) => ({ miner, reducer })));

describe("tripletLoss", () => {
  // Three classes of four, as an M-per-class batch has them, and a class of one.
  const labels = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3];
  const spread = randomRows(labels.length, 6, 3);
  const rows = unit(spread);

  test.each(choices.flatMap((choice) => [0.1, 0.5].map((margin) => ({ ...choice, margin }))))(
    "$miner, $reducer, margin $margin: the loops over all triplets, and their gradient",
    (options) => {
      const { loss, mined } = tripletLoss(matrix(rows), vector(labels), options);
      const expected = oracles.triplet(rows, labels, options);
      expect(expected.mined).toBeGreaterThan(5);
      expect(value(mined)).toBe(expected.mined);
      expect(value(loss)).toBeCloseTo(expected.loss, 4);
      // The distances come from cosines, so the oracle's rows must stay on the sphere as the
      // embeddings do.
      expectGradient(
        (x) => tripletLoss(onSphere(x), vector(labels), options).loss,
        (moved) => oracles.triplet(unit(moved), labels, options).loss,
        spread,
      );
    },
  );

  test.each(fixture.triplets)(
    "$miner, $reducer, margin $margin: pytorch-metric-learning's loss, count and gradient",
    (expected) => {
      const options = { margin: expected.margin, miner: expected.miner, reducer: expected.reducer };
      const { loss, mined } = tripletLoss(
        onSphere(matrix(fixture.rows)),
        vector(fixture.labels),
        options,
      );
      expect(value(mined)).toBe(expected.mined);
      expect(value(loss) / expected.loss).toBeCloseTo(1, 4);
      const gradient = tf.grad(
        (x) => tripletLoss(onSphere(x as tf.Tensor2D), vector(fixture.labels), options).loss,
      );
      expectNear(gradient(matrix(fixture.rows)).arraySync() as Rows, expected.gradient);
    },
  );

  test.each([
    { name: "one class only: no negatives", labels: [1, 1, 1, 1] },
    { name: "classes of one: no positives", labels: [0, 1, 2, 3] },
  ])("$name: nothing is mined, and the loss is 0 without a gradient", ({ labels }) => {
    const four = rows.slice(0, 4);
    const { loss, mined } = tripletLoss(matrix(four), vector(labels), hard(0.1));
    expect([value(loss), value(mined)]).toEqual([0, 0]);
    expectNoGradient((x) => tripletLoss(x, vector(labels), hard(0.1)).loss, four);
  });

  test("well separated classes: no triplet is hard, also within the margin", () => {
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
    // near itself has hard triplets: the second row is closer to the third than to the first.
    expect(value(tripletLoss(matrix(near), vector(two), hard(0.1)).mined)).toBe(
      oracles.triplet(near, two, hard(0.1)).mined,
    );
    expect(oracles.triplet(near, two, hard(0.1)).mined).toBeGreaterThan(0);
  });

  test("copies of one image under two labels are mined at the margin, with finite gradients", () => {
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
