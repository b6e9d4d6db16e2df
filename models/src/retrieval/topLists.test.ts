import { expect, it } from "vitest";
import { TopLists, topK } from "./topLists.ts";

/** One list after a row of scores is offered to it from left to right, as a search does. */
function kept(row: readonly number[], k: number) {
  const lists = new TopLists(3, k);
  row.forEach((score, index) => {
    if (score > lists.thresholds[1]!) lists.offer(1, index, score);
  });
  const { indices, scores } = lists.sorted(1);
  return { indices: [...indices], scores: [...scores] };
}

it("keeps the k best scores, best first, negative ones included", () => {
  expect(kept([1, 9, 3, 7, 5], 3)).toEqual({ indices: [1, 3, 4], scores: [9, 7, 5] });
  expect(kept([-3, -1, -2], 2)).toEqual({ indices: [1, 2], scores: [-1, -2] });
});

it("breaks ties by the lower index, also at rank k", () => {
  expect(kept([2, 5, 2, 5, 2, 5, 2], 5).indices).toEqual([1, 3, 5, 0, 2]);
  expect(kept([0, 0, 0, 0], 2).indices).toEqual([0, 1]);
});

it("matches a full sort for every k", () => {
  const row = Array.from({ length: 97 }, (_, i) => ((i * 29) % 13) - 6);
  const sorted = row
    .map((score, index) => ({ score, index }))
    .sort((a, b) => b.score - a.score || a.index - b.index);
  for (let k = 1; k <= row.length; k++) {
    expect(kept(row, k).indices).toEqual(sorted.slice(0, k).map(({ index }) => index));
  }
});

it("keeps lists separate, and returns fewer than k entries if fewer were offered", () => {
  const lists = new TopLists(2, 3);
  lists.offer(0, 4, 0.5);
  lists.offer(1, 7, 0.25);
  lists.offer(1, 8, 0.75);
  expect([...lists.sorted(0).indices]).toEqual([4]);
  expect([...lists.sorted(1).indices]).toEqual([8, 7]);
});

/** Deterministic numbers in [-1, 1), from a linear congruential generator. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

it("topK matches a full sort, ties included", () => {
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

it("topK returns nothing for k = 0", () => {
  expect(topK(numbers(10, 1), 0)).toEqual([]);
});

it("topK skips NaN", () => {
  expect(
    topK(Float32Array.of(Number.NaN, 0.5, Number.NaN, 0.7), 2).map((hit) => hit.index),
  ).toEqual([3, 1]);
});

it("topK skips rows that are not accepted", () => {
  const scores = new Float32Array([0.9, 0.8, 0.7, 0.6, 0.5]);
  expect(topK(scores, 2, (row) => row % 2 === 1).map(({ index }) => index)).toEqual([1, 3]);
  expect(topK(scores, 3, () => false)).toEqual([]);
});
