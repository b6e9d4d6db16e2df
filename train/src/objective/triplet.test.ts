import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import {
  expectGradient,
  expectNoGradient,
  matrix,
  oracles,
  randomRows,
  unit,
  value,
  vector,
} from "../../test/losses.ts";
import { hardTripletLoss } from "./triplet.ts";

describe("hardTripletLoss", () => {
  // Three classes of four, as an M-per-class batch has them, and a class of one.
  const labels = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3];
  const rows = unit(randomRows(labels.length, 6, 3));

  test.each([0.1, 0.5])("equals the loops over all triplets, margin %d", (margin) => {
    const { loss, mined } = hardTripletLoss(matrix(rows), vector(labels), margin);
    const expected = oracles.triplet(rows, labels, margin);
    expect(expected.mined).toBeGreaterThan(50);
    expect(value(mined)).toBe(expected.mined);
    expect(value(loss)).toBeCloseTo(expected.loss, 5);
  });

  test.each([
    { margin: 0.1, expected: 0.4888933739206418 },
    { margin: 0.5, expected: 0.8888933739206419 },
  ])("is pytorch-metric-learning 2.9.0's miner and loss, margin $margin", ({ margin, expected }) => {
    // TripletMarginLoss(margin)(embeddings, labels, TripletMarginMiner(margin, "hard")(embeddings, labels))
    const { loss, mined } = hardTripletLoss(matrix(rows), vector(labels), margin);
    expect(value(mined)).toBe(186);
    expect(value(loss)).toBeCloseTo(expected, 5);
  });

  test("has the gradient of the mined triplets' mean", () => {
    // The distances come from cosines, so the oracle's rows must stay on the sphere as the embeddings do.
    const spread = randomRows(labels.length, 6, 3);
    const onSphere = (x: tf.Tensor2D) => tf.div(x, tf.norm(x, 2, 1, true)) as tf.Tensor2D;
    expectGradient(
      (x) => hardTripletLoss(onSphere(x), vector(labels), 0.1).loss,
      (moved) => oracles.triplet(unit(moved), labels, 0.1).loss,
      spread,
    );
  });

  test.each([
    { name: "one class only: no negatives", labels: [1, 1, 1, 1] },
    { name: "classes of one: no positives", labels: [0, 1, 2, 3] },
  ])("$name: nothing is mined, and the loss is 0 without a gradient", ({ labels }) => {
    const four = rows.slice(0, 4);
    const { loss, mined } = hardTripletLoss(matrix(four), vector(labels), 0.1);
    expect([value(loss), value(mined)]).toEqual([0, 0]);
    expectNoGradient((x) => hardTripletLoss(x, vector(labels), 0.1).loss, four);
  });

  test("well separated classes: no triplet is hard, also within the margin", () => {
    const near = unit([
      [1, 0, 0],
      [1, 0.1, 0],
      [0.9, 0.14, 0],
      [0.9, 0.25, 0],
    ]);
    const two = [0, 0, 1, 1];
    const apart = [near[0]!, near[1]!, near[2]!.map((each) => -each), near[3]!.map((each) => -each)];
    expect(value(hardTripletLoss(matrix(apart), vector(two), 0.1).mined)).toBe(0);
    // near itself has hard triplets: the second row is closer to the third than to the first.
    expect(value(hardTripletLoss(matrix(near), vector(two), 0.1).mined)).toBe(oracles.triplet(near, two, 0.1).mined);
    expect(oracles.triplet(near, two, 0.1).mined).toBeGreaterThan(0);
  });

  test("copies of one picture under two labels are mined at the margin, with finite gradients", () => {
    const copies = unit([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
    const two = [0, 0, 1, 1];
    const { loss, mined } = hardTripletLoss(matrix(copies), vector(two), 0.1);
    // Four anchors, one positive and two negatives each.
    expect(value(mined)).toBe(8);
    expect(value(loss)).toBeCloseTo(0.1, 5);
    expectNoGradient((x) => hardTripletLoss(x, vector(two), 0.1).loss, copies);
  });
});
