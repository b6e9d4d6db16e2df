import { expect, test } from "vitest";
import { cosines, normaliseRows, topK } from "./search.ts";

/** Numbers in [-1, 1) that are the same in every run (a linear congruential generator). */
function numbers(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

test("top k agrees with a full sort, ties and repeated values included", () => {
  for (const [count, k] of [
    [1, 1],
    [5, 10],
    [200, 1],
    [200, 7],
    [200, 200],
  ] as const) {
    // Two decimals make many ties.
    const scores = numbers(count, count + k).map((value) => Math.round(value * 20) / 20);
    const sorted = [...scores].map((score, index) => ({ index, score }));
    sorted.sort((a, b) => b.score - a.score || a.index - b.index);
    expect(topK(scores, k)).toEqual(sorted.slice(0, k));
  }
});

test("no results are asked for, none are given", () => {
  expect(topK(numbers(10, 1), 0)).toEqual([]);
});

test("a score that is not a number is never among the best", () => {
  expect(topK(Float32Array.of(Number.NaN, 0.5, Number.NaN, 0.7), 2).map((hit) => hit.index)).toEqual([3, 1]);
});

test("cosines of rows agree with the definition", () => {
  const [count, dimension] = [30, 48];
  const raw = numbers(count * dimension, 3);
  const query = numbers(dimension, 4);
  const length = (values: ArrayLike<number>) => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));
  const unitQuery = query.map((value) => value / length(query));
  const rows = raw.slice();
  normaliseRows(rows, dimension);
  const scores = cosines(rows, unitQuery);
  expect(scores).toHaveLength(count);
  for (let row = 0; row < count; row++) {
    const values = raw.subarray(row * dimension, (row + 1) * dimension);
    const dot = values.reduce((sum, value, i) => sum + value * query[i]!, 0);
    expect(scores[row]).toBeCloseTo(dot / (length(values) * length(query)), 5);
  }
});

test("a row of zeros stays one, and scores nothing", () => {
  const rows = Float32Array.of(0, 0, 3, 4);
  normaliseRows(rows, 2);
  expect([...rows]).toEqual([0, 0, Math.fround(0.6), Math.fround(0.8)]);
  expect([...cosines(rows, Float32Array.of(1, 0))]).toEqual([0, Math.fround(0.6)]);
});

test("rows that are not accepted are never among the best", () => {
  const scores = new Float32Array([0.9, 0.8, 0.7, 0.6, 0.5]);
  expect(topK(scores, 2, (row) => row % 2 === 1).map(({ index }) => index)).toEqual([1, 3]);
  expect(topK(scores, 3, () => false)).toEqual([]);
});
