import { expect, it } from "vitest";
import { chooseRows } from "./rows.ts";

/** Seven classes of two (a0 a1 b0 b1 ...) and one item alone; k = 1. */
const labels = ["a", "a", "b", "b", "c", "c", "d", "d", "e", "e", "f", "f", "g", "g", "alone"];
const neighbors = {
  queries: Int32Array.from(labels, (_, i) => i),
  k: 1,
  //                       a  a  b  b  c  c  d  d  e  e  f   f   g   g  alone
  indices: Int32Array.of(1, 0, 0, 2, 6, 7, 4, 6, 9, 2, 11, 10, 13, 12, 0),
  scores: Float32Array.of(1, 1, 0.5, 1, 0.9, 0.8, 0.85, 1, 1, 0.7, 1, 1, 1, 1, 0.99),
};

it("takes the surest mistakes first, one a class, a pair once, and no item that stands alone", () => {
  // c0 -> d 0.9; d0 -> c 0.85 and c1 -> d 0.8 are that pair again; e1 -> b 0.7; b0 -> a 0.5: b has
  // been shown.
  expect(chooseRows(labels, neighbors, 2).mistakes).toEqual([4]);
  expect(chooseRows(labels, neighbors, 10).mistakes).toEqual([4, 9]);
});

it("fills up with queries of other classes, the same each time", () => {
  const { mistakes, scattered } = chooseRows(labels, neighbors, 10);
  expect(mistakes).toEqual([4, 9]);
  expect(scattered.map((query) => labels[query]).sort()).toEqual(["a", "b", "d", "f", "g"]);
  expect(chooseRows(labels, neighbors, 10).scattered).toEqual(scattered);
});

it("gives fewer rows where there are fewer classes", () => {
  const [queries, indices] = [Int32Array.of(0, 1, 2), Int32Array.of(1, 0, 0)];
  const few = { queries, k: 1, indices, scores: Float32Array.of(1, 1, 1) };
  const { mistakes, scattered } = chooseRows(["x", "x", "y"], few, 10);
  expect(mistakes).toEqual([]);
  expect(scattered).toHaveLength(1);
});
