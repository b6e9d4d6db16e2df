import { expect, test } from "vitest";
import { topK } from "./topK.ts";

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
  expect(
    topK(Float32Array.of(Number.NaN, 0.5, Number.NaN, 0.7), 2).map((hit) => hit.index),
  ).toEqual([3, 1]);
});

test("rows that are not accepted are never among the best", () => {
  const scores = new Float32Array([0.9, 0.8, 0.7, 0.6, 0.5]);
  expect(topK(scores, 2, (row) => row % 2 === 1).map(({ index }) => index)).toEqual([1, 3]);
  expect(topK(scores, 3, () => false)).toEqual([]);
});
