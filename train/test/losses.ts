/** The losses once more as loops over numbers in double precision, and their gradients by central differences. */
import "./tiny.ts";
import { uniform } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";

await tf.setBackend("cpu");
export type Rows = number[][];

export function randomRows(count: number, length: number, seed: number): Rows {
  const next = uniform(seed);
  return Array.from({ length: count }, () => Array.from({ length }, () => 2 * next() - 1));
}
export const unit = (rows: Rows): Rows => rows.map((row) => row.map((value) => value / Math.hypot(...row)));
export const matrix = (rows: Rows) => tf.tensor2d(rows);
export const vector = (labels: number[]) => tf.tensor1d(labels, "int32");
export const value = (tensor: tf.Tensor): number => tensor.dataSync()[0]!;
const dot = (a: number[], b: number[]) => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;

/** Every loss once more, as loops over numbers in double precision. */
export const oracles = {
  classification(logits: Rows, labels: number[], temperature: number, smoothing: number): number {
    return mean(
      logits.map((row, i) => {
        const scaled = row.map((logit) => logit / temperature);
        const logSum = Math.log(scaled.reduce((sum, each) => sum + Math.exp(each), 0));
        // torch's label smoothing: the spread share goes to all classes, the label's own included.
        const target = row.map((_, j) => smoothing / row.length + (j === labels[i] ? 1 - smoothing : 0));
        return -scaled.reduce((sum, each, j) => sum + target[j]! * (each - logSum), 0);
      }),
    );
  },
  /** pytorch-metric-learning: TripletMarginMiner(margin, "hard") and TripletMarginLoss(margin), triplet by triplet. */
  triplet(embeddings: Rows, labels: number[], margin: number): { loss: number; mined: number } {
    const distance = (a: number[], b: number[]) => Math.hypot(...a.map((each, i) => each - b[i]!));
    const losses: number[] = [];
    embeddings.forEach((anchor, a) => {
      embeddings.forEach((positive, p) => {
        embeddings.forEach((negative, n) => {
          if (a === p || labels[a] !== labels[p] || labels[a] === labels[n]) return;
          const gap = distance(anchor, negative) - distance(anchor, positive);
          if (gap <= 0) losses.push(Math.max(0, margin - gap));
        });
      });
    });
    const counted = losses.filter((loss) => loss > 0);
    return { loss: counted.length ? mean(counted) : 0, mined: losses.length };
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

/** The loss's gradient by its embeddings or logits, against central differences of the oracle. */
export function expectGradient(loss: (x: tf.Tensor2D) => tf.Scalar, oracle: (rows: Rows) => number, rows: Rows): void {
  const gradient = tf
    .grad(loss as (x: tf.Tensor) => tf.Tensor)(matrix(rows))
    .arraySync() as Rows;
  const step = 1e-6;
  const moved = (i: number, j: number, by: number) =>
    oracle(rows.map((row, r) => row.map((each, c) => (r === i && c === j ? each + by : each))));
  const expected = rows.map((row, i) => row.map((_, j) => (moved(i, j, step) - moved(i, j, -step)) / (2 * step)));
  const largest = Math.max(...expected.flat().map(Math.abs));
  expect(largest).toBeGreaterThan(1e-3);
  const difference = Math.max(...expected.flatMap((row, i) => row.map((each, j) => Math.abs(each - gradient[i]![j]!))));
  expect(difference / largest).toBeLessThan(1e-4);
}

/** A gradient of finite numbers, all of them zero where the loss has nothing to say. */
export function expectNoGradient(loss: (x: tf.Tensor2D) => tf.Scalar, rows: Rows): void {
  const gradient = tf
    .grad(loss as (x: tf.Tensor) => tf.Tensor)(matrix(rows))
    .dataSync();
  expect([...gradient].map(Math.abs)).toEqual(Array(gradient.length).fill(0));
}
