/** Reference losses as loops in double precision, and gradients by central differences. */
import "../src/testing/tensors.ts";
import { uniform } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { TripletOptions } from "../src/objective/triplet.ts";

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
const dot = (a: number[], b: number[]) => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;

/** Each loss, as plain loops in double precision. */
export const oracles = {
  classification(logits: Rows, labels: number[], temperature: number, smoothing: number): number {
    return mean(
      logits.map((row, i) => {
        const scaled = row.map((logit) => logit / temperature);
        const logSum = Math.log(scaled.reduce((sum, each) => sum + Math.exp(each), 0));
        // torch's label smoothing spreads over all classes, including the label's.
        const target = row.map(
          (_, j) => smoothing / row.length + (j === labels[i] ? 1 - smoothing : 0),
        );
        return -scaled.reduce((sum, each, j) => sum + target[j]! * (each - logSum), 0);
      }),
    );
  },
  /** Triplet by triplet, with the miners as the papers define them. */
  triplet(
    embeddings: Rows,
    labels: number[],
    { margin, miner, reducer }: TripletOptions,
  ): { loss: number; mined: number } {
    const distance = (a: number, b: number) =>
      Math.hypot(...embeddings[a]!.map((each, i) => each - embeddings[b]![i]!));
    const all = embeddings.map((_, i) => i);
    const triplets = all.flatMap((a) => {
      const positives = all.filter((p) => p !== a && labels[p] === labels[a]);
      const negatives = all.filter((n) => labels[n] !== labels[a]);
      if (miner === "batch-hard") {
        if (!positives.length || !negatives.length) return [];
        const farthest = Math.max(...positives.map((p) => distance(a, p)));
        return [farthest - Math.min(...negatives.map((n) => distance(a, n)))];
      }
      const excesses = positives.flatMap((p) =>
        negatives.map((n) => distance(a, p) - distance(a, n)),
      );
      return excesses.filter((excess) => {
        if (miner === "hard") return excess >= 0;
        return excess >= -margin && (miner === "all" || excess < 0);
      });
    });
    const losses = triplets.map((excess) => Math.max(0, excess + margin));
    const counted = reducer === "nonzero" ? losses.filter((loss) => loss > 0) : losses;
    const sum = counted.reduce((total, each) => total + each, 0);
    return {
      loss: reducer === "sum" ? sum : sum / Math.max(1, counted.length),
      mined: losses.length,
    };
  },
  contrastive(embeddings: Rows, labels: number[], temperature: number): number {
    const losses = embeddings.flatMap((anchor, a) => {
      const others = embeddings.map((_, i) => i).filter((i) => i !== a);
      const positives = others.filter((i) => labels[i] === labels[a]);
      if (positives.length === 0) return [];
      const score = (i: number) => dot(anchor, embeddings[i]!) / temperature;
      const logSum = Math.log(others.reduce((sum, i) => sum + Math.exp(score(i)), 0));
      return [mean(positives.map((p) => logSum - score(p)))];
    });
    return losses.length ? mean(losses) : 0;
  },
};

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
