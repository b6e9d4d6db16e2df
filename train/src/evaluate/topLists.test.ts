import { expect, it } from "vitest";
import { TopLists } from "./topLists.ts";

/** What one list keeps of a row that is offered to it from the left, as a search does. */
function kept(row: readonly number[], k: number) {
  const lists = new TopLists(3, k);
  row.forEach((score, index) => {
    if (score > lists.thresholds[1]!) lists.offer(1, index, score);
  });
  const { indices, scores } = lists.sorted(1);
  return { indices: [...indices], scores: [...scores] };
}

it("keeps the best, best first, and negative ones as they are", () => {
  expect(kept([1, 9, 3, 7, 5], 3)).toEqual({ indices: [1, 3, 4], scores: [9, 7, 5] });
  expect(kept([-3, -1, -2], 2)).toEqual({ indices: [1, 2], scores: [-1, -2] });
});

it("puts the lower index first where scores are equal, also at the edge of the list", () => {
  expect(kept([2, 5, 2, 5, 2, 5, 2], 5).indices).toEqual([1, 3, 5, 0, 2]);
  expect(kept([0, 0, 0, 0], 2).indices).toEqual([0, 1]);
});

it("equals sorting, for every k", () => {
  const row = Array.from({ length: 97 }, (_, i) => ((i * 29) % 13) - 6);
  const sorted = row
    .map((score, index) => ({ score, index }))
    .sort((a, b) => b.score - a.score || a.index - b.index);
  for (let k = 1; k <= row.length; k++) {
    expect(kept(row, k).indices).toEqual(sorted.slice(0, k).map(({ index }) => index));
  }
});

it("holds each list apart, and one that was offered too little is short", () => {
  const lists = new TopLists(2, 3);
  lists.offer(0, 4, 0.5);
  lists.offer(1, 7, 0.25);
  lists.offer(1, 8, 0.75);
  expect([...lists.sorted(0).indices]).toEqual([4]);
  expect([...lists.sorted(1).indices]).toEqual([8, 7]);
});
