import { expect, it } from "vitest";
import { chooseRows } from "./rows.ts";

/** Six classes of two (a0 a1 b0 b1 ...) and one item alone; k = 1. */
const labels = ["a", "a", "b", "b", "c", "c", "d", "d", "e", "e", "f", "f", "alone"];
const neighbours = {
  k: 1,
  //                       a  a  b  b  c  c  d  d  e  e  f   f  alone
  indices: Int32Array.of(1, 0, 0, 2, 0, 0, 7, 6, 9, 0, 11, 10, 0),
  scores: Float32Array.of(1, 1, 0.5, 1, 0.9, 0.8, 1, 1, 1, 0.7, 1, 1, 0.99),
};

it("takes the surest mistakes first, one a class, and no item that stands alone", () => {
  expect(chooseRows(labels, neighbours, 4).mistakes).toEqual([4, 9]);
  expect(chooseRows(labels, neighbours, 6).mistakes).toEqual([4, 9, 2]);
});

it("fills up with queries of other classes, the same each time", () => {
  const { mistakes, scattered } = chooseRows(labels, neighbours, 10);
  expect(mistakes).toEqual([4, 9, 2]);
  expect(scattered.map((query) => labels[query]).sort()).toEqual(["a", "d", "f"]);
  expect(chooseRows(labels, neighbours, 10).scattered).toEqual(scattered);
});

it("gives fewer rows where there are fewer classes", () => {
  const few = { k: 1, indices: Int32Array.of(1, 0, 0), scores: Float32Array.of(1, 1, 1) };
  const { mistakes, scattered } = chooseRows(["x", "x", "y"], few, 10);
  expect(mistakes).toEqual([]);
  expect(scattered).toHaveLength(1);
});
