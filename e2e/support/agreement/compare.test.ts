import { expect, test } from "vitest";
import { type Hit, topOverlap } from "./compare.ts";

const hits = (text: string): Hit[] =>
  text.split(" ").map((id, rank) => ({ id, score: 1 - rank / 10 }));

test("the overlap ignores the order within the top k", () => {
  expect(topOverlap(hits("a b c d"), hits("c a b d"), 3, 0)).toBe(1);
  expect(topOverlap(hits("a b c d"), hits("a b x y"), 3, 0)).toBeCloseTo(2 / 3, 12);
  expect(topOverlap(hits("a b"), hits("x y"), 2, 0.05)).toBe(0);
});

test("an item whose score ties with the k-th counts, the next one does not", () => {
  const theirs = [
    { id: "a", score: 0.9 },
    { id: "c", score: 0.80001 },
    { id: "b", score: 0.8 },
    { id: "d", score: 0.7 },
  ];
  expect(topOverlap(hits("a b"), theirs, 2, 1e-4)).toBe(1);
  expect(topOverlap(hits("a b"), theirs, 2, 1e-6)).toBe(0.5);
  expect(topOverlap(hits("a d"), theirs, 2, 1e-4)).toBe(0.5);
  expect(() => topOverlap(hits("a"), theirs, 2, 0)).toThrow("fewer than 2");
});
