import { expect, it } from "vitest";
import { calibrationSchema, classGaps, confidences, goodMatch } from "./confidence.ts";
import { sigmoid } from "./logistic.ts";

const model = {
  depth: 3,
  gapScale: 0.1,
  nearest: { bias: -8, score: 10, gap: 1 },
  others: { bias: -9, score: 10, gap: 1 },
};
const found = (...neighbors: [score: number, label: string][]) =>
  neighbors.map(([score, label]) => ({ score, label }));

it("gaps lead to the nearest neighbor of another class", () => {
  const neighbors = found([0.9, "owl"], [0.8, "owl"], [0.7, "cat"], [0.6, "owl"], [0.5, "dog"]);
  const gaps = classGaps(neighbors, 16);
  for (const [i, gap] of [0.2, 0.1, -0.2, -0.1, -0.4].entries())
    expect(gaps[i]).toBeCloseTo(gap, 12);
  // The cat is beyond the depth, so the gap is at least the one to the last that is looked at.
  expect(classGaps(neighbors, 2)[0]).toBeCloseTo(0.1, 12);
});

it("unlabeled neighbors are rivals of each other", () => {
  const neighbors = found([0.9, "unlabeled"], [0.8, "unlabeled"], [0.7, "owl"]);
  const gaps = classGaps(neighbors, 16);
  for (const [i, gap] of [0.1, -0.1, -0.2].entries()) expect(gaps[i]).toBeCloseTo(gap, 12);
});

it("computes the probability from score and gap, with a model for the nearest", () => {
  const [first, second] = confidences(found([0.9, "owl"], [0.7, "cat"]), model);
  expect(first).toBeCloseTo(sigmoid(-8 + 9 + Math.asinh(2)), 12);
  expect(second).toBeCloseTo(sigmoid(-9 + 7 - Math.asinh(2)), 12);
});

it("is lower the nearer another class comes, and the lower the score", () => {
  const nearest = (score: number, rival: number) =>
    confidences(found([score, "owl"], [rival, "cat"]), model)[0]!;
  expect(nearest(0.9, 0.89)).toBeLessThan(nearest(0.9, 0.8));
  expect(nearest(0.6, 0.5)).toBeLessThan(nearest(0.9, 0.8));
});

it("never exceeds the confidence of a nearer neighbor", () => {
  const others = { ...model.others, bias: 0 };
  const [first, second] = confidences(found([0.9, "owl"], [0.89, "owl"], [0.6, "cat"]), {
    ...model,
    others,
  });
  expect(second).toBe(first);
});

it("knows no gap of a single neighbor, and has nothing to say about none", () => {
  expect(confidences(found([0.9, "owl"]), model)).toEqual([sigmoid(-8 + 9)]);
  expect(confidences([], model)).toEqual([]);
});

it("the schema rejects weights that would prefer lower scores", () => {
  const reliability = { samples: 1, ece: 0, bins: [] };
  expect(calibrationSchema.parse({ ...model, reliability }).depth).toBe(3);
  const nearest = { ...model.nearest, score: -1 };
  expect(calibrationSchema.safeParse({ ...model, nearest, reliability }).success).toBe(false);
  expect(goodMatch).toBeLessThan(0.5);
});
