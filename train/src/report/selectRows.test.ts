import { expect, it } from "vitest";
import { selectRows } from "./selectRows.ts";

/** Seven classes of two items (a0 a1 b0 b1 ...) and a single item; k = 1. */
const labels = ["a", "a", "b", "b", "c", "c", "d", "d", "e", "e", "f", "f", "g", "g", "alone"];
const neighbors = {
  queries: Int32Array.from(labels, (_, i) => i),
  k: 1,
  //                       a  a  b  b  c  c  d  d  e  e  f   f   g   g  alone
  indices: Int32Array.of(1, 0, 0, 2, 6, 7, 4, 6, 9, 2, 11, 10, 13, 12, 0),
  scores: Float32Array.of(1, 1, 0.5, 1, 0.9, 0.8, 0.85, 1, 1, 0.7, 1, 1, 1, 1, 0.99),
};

it("selects the hardest mistakes, once per class and pair of classes, and no single item", () => {
  // c0 -> d 0.9 comes first; d0 -> c 0.85 and c1 -> d 0.8 repeat that pair; then e1 -> b 0.7, after
  // which b0 -> a 0.5 repeats b.
  expect(selectRows(labels, neighbors, 2).mistakes).toEqual([4]);
  expect(selectRows(labels, neighbors, 10).mistakes).toEqual([4, 9]);
});

it("fills up with a deterministic sample of other classes", () => {
  const { mistakes, sample } = selectRows(labels, neighbors, 10);
  expect(mistakes).toEqual([4, 9]);
  expect(sample.map((query) => labels[query]).sort()).toEqual(["a", "b", "d", "f", "g"]);
  expect(selectRows(labels, neighbors, 10).sample).toEqual(sample);
});

it("selects fewer rows if there are fewer classes", () => {
  const [queries, indices] = [Int32Array.of(0, 1, 2), Int32Array.of(1, 0, 0)];
  const few = { queries, k: 1, indices, scores: Float32Array.of(1, 1, 1) };
  const { mistakes, sample } = selectRows(["x", "x", "y"], few, 10);
  expect(mistakes).toEqual([]);
  expect(sample).toHaveLength(1);
});
