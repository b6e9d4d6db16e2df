import { expect, it } from "vitest";
import { classHalves } from "./halves.ts";

it.each([
  { labels: ["a", "b", "c", "d"], train: ["a", "b"], test: ["c", "d"] },
  { labels: ["a", "b", "c"], train: ["a", "b"], test: ["c"] },
  { labels: ["z", "z", "b", "z", "a", "b", "c"], train: ["z", "b"], test: ["a", "c"] },
])("halves $labels, each class once, in their order", ({ labels, train, test }) => {
  const splitOf = classHalves(labels);
  expect(train.map(splitOf)).toEqual(train.map(() => "train"));
  expect(test.map(splitOf)).toEqual(test.map(() => "test"));
});
