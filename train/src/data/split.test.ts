import { expect, it } from "vitest";
import { classCount, splitByClass, splitValidation } from "./split.ts";

it.each([
  { labels: ["a", "b", "c", "d"], train: ["a", "b"], test: ["c", "d"] },
  { labels: ["a", "b", "c"], train: ["a", "b"], test: ["c"] },
  { labels: ["z", "z", "b", "z", "a", "b", "c"], train: ["z", "b"], test: ["a", "c"] },
])("splits the classes of $labels in half, by first appearance", ({ labels, train, test }) => {
  const splitOf = splitByClass(labels);
  expect(train.map(splitOf)).toEqual(train.map(() => "train"));
  expect(test.map(splitOf)).toEqual(test.map(() => "test"));
});

it("moves the last classes to validation and leaves at least two to train on", () => {
  const items = ["a", "b", "a", "c", "d", "b"].map((label, i) => ({
    id: `${i}`,
    path: "p",
    label,
    split: "train" as const,
  }));
  const { train, validation } = splitValidation(items, 2);
  expect(train.map(({ id }) => id)).toEqual(["0", "1", "2", "5"]);
  expect(validation.map(({ id }) => id)).toEqual(["3", "4"]);
  expect(() => splitValidation(items, 3)).toThrow("--validation 3 of 4 training classes");
});

it("counts classes", () => {
  const items = ["b", "a", "b"].map((label, i) => ({
    id: `${i}`,
    path: "p",
    label,
    split: "test" as const,
  }));
  expect(classCount(items)).toBe(2);
});
