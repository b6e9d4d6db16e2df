/** Rows as tensors, and comparisons of losses and gradients. */
import "../src/testing/tensors.ts";
import { uniform } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

await tf.setBackend("cpu");
export type Rows = number[][];

export function randomRows(count: number, length: number, seed: number): Rows {
  const next = uniform(seed);
  return Array.from({ length: count }, () => Array.from({ length }, () => 2 * next() - 1));
}
export const unit = (rows: Rows): Rows =>
  rows.map((row) => row.map((value) => value / Math.hypot(...row)));
export const matrix = (rows: Rows) => tf.tensor2d(rows);
export const vector = (labels: number[]) => tf.tensor1d(labels, "int32");
export const value = (tensor: tf.Tensor): number => tensor.dataSync()[0]!;

/** Compares a loss's gradient with central differences of the oracle. */
export function expectGradient(
  loss: (x: tf.Tensor2D) => tf.Scalar,
  oracle: (rows: Rows) => number,
  rows: Rows,
): void {
  const gradient = tf
    .grad(loss as (x: tf.Tensor) => tf.Tensor)(matrix(rows))
    .arraySync() as Rows;
  const step = 1e-6;
  const moved = (i: number, j: number, by: number) =>
    oracle(rows.map((row, r) => row.map((each, c) => (r === i && c === j ? each + by : each))));
  const expected = rows.map((row, i) =>
    row.map((_, j) => (moved(i, j, step) - moved(i, j, -step)) / (2 * step)),
  );
  expect(Math.max(...expected.flat().map(Math.abs))).toBeGreaterThan(1e-3);
  expectNear(gradient, expected);
}

/** Compares a loss and its gradient with those of another implementation. */
export function expectLike(
  loss: (x: tf.Tensor2D) => tf.Scalar,
  rows: Rows,
  expected: { readonly loss: number; readonly gradient: Rows },
): void {
  expect(value(loss(matrix(rows))) / expected.loss).toBeCloseTo(1, 4);
  const gradient = tf.grad((x) => loss(x as tf.Tensor2D))(matrix(rows));
  expectNear(gradient.arraySync() as Rows, expected.gradient);
}

/** Scales rows to unit length, like embeddings. */
export const onSphere = (x: tf.Tensor2D): tf.Tensor2D =>
  tf.div(x, tf.norm(x, 2, 1, true)) as tf.Tensor2D;

/** Asserts a maximum difference of 1e-4 of the largest value. */
function expectNear(actual: Rows, expected: Rows): void {
  const largest = Math.max(...expected.flat().map(Math.abs));
  const difference = Math.max(
    ...expected.flatMap((row, i) => row.map((each, j) => Math.abs(each - actual[i]![j]!))),
  );
  expect(difference / largest).toBeLessThan(1e-4);
}

/** Asserts a gradient of zeros (and no NaN). */
export function expectNoGradient(loss: (x: tf.Tensor2D) => tf.Scalar, rows: Rows): void {
  const gradient = tf
    .grad(loss as (x: tf.Tensor) => tf.Tensor)(matrix(rows))
    .dataSync();
  expect([...gradient].map(Math.abs)).toEqual(Array(gradient.length).fill(0));
}
