import { expect, it } from "vitest";
import { classHalves, takeValidation } from "./split.ts";

it.each([
  { labels: ["a", "b", "c", "d"], train: ["a", "b"], test: ["c", "d"] },
  { labels: ["a", "b", "c"], train: ["a", "b"], test: ["c"] },
  { labels: ["z", "z", "b", "z", "a", "b", "c"], train: ["z", "b"], test: ["a", "c"] },
])("halves $labels, each class once, in their order", ({ labels, train, test }) => {
  const splitOf = classHalves(labels);
  expect(train.map(splitOf)).toEqual(train.map(() => "train"));
  expect(test.map(splitOf)).toEqual(test.map(() => "test"));
});

it("takes the last classes for validation, whole, and leaves two to train on", () => {
  const items = ["a", "b", "a", "c", "d", "b"].map((label, i) => ({
    id: `${i}`,
    path: "p",
    label,
    split: "train" as const,
  }));
  const { train, validation } = takeValidation(items, 2);
  expect(train.map(({ id }) => id)).toEqual(["0", "1", "2", "5"]);
  expect(validation.map(({ id }) => id)).toEqual(["3", "4"]);
  expect(() => takeValidation(items, 3)).toThrow("--validation 3 of 4 training classes");
});
