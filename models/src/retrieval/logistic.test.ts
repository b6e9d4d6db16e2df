import { expect, it } from "vitest";
import { uniform } from "../numeric/random.ts";
import { fitLogistic, sigmoid } from "./logistic.ts";

/** Samples whose outcomes are drawn from a known model. */
function drawn(count: number, seed: number, probability: (x: number, y: number) => number) {
  const next = uniform(seed);
  const features = Array.from({ length: count }, () => [0.7 + 0.3 * next(), 40 * (next() - 0.5)]);
  const outcomes = features.map(([x, y]) => next() < probability(x!, y!));
  return { features, outcomes };
}

it("recovers the model that outcomes are drawn from", () => {
  const { features, outcomes } = drawn(40_000, 3, (x, y) => sigmoid(-9 + 10 * x + 0.1 * y));
  const { bias, weights } = fitLogistic(features, outcomes);
  expect(bias).toBeCloseTo(-9, -0.5);
  expect(weights[0]).toBeCloseTo(10, -0.5);
  expect(weights[1]).toBeCloseTo(0.1, 2);
});

it("finds the maximum of the likelihood of Platt's targets", () => {
  const features = [[0], [1], [2], [3], [4], [5]];
  const { bias, weights } = fitLogistic(features, [false, false, true, false, true, true]);
  // (3 + 1) / (3 + 2) and 1 / (3 + 2). The gradient vanishes.
  const targets = [0.2, 0.2, 0.8, 0.2, 0.8, 0.8];
  const residuals = targets.map((target, x) => target - sigmoid(bias + weights[0]! * x));
  expect(residuals.reduce((sum, each) => sum + each, 0)).toBeCloseTo(0, 8);
  expect(residuals.reduce((sum, each, x) => sum + each * x, 0)).toBeCloseTo(0, 8);
});

it("keeps weights finite if a feature separates the outcomes", () => {
  const features = Array.from({ length: 40 }, (_, i) => [i]);
  const { bias, weights } = fitLogistic(
    features,
    features.map(([x]) => x! >= 20),
  );
  expect(weights[0]).toBeGreaterThan(0);
  expect(sigmoid(bias + weights[0]! * 39)).toBeLessThan(1);
  expect(sigmoid(bias + weights[0]! * 19.5)).toBeCloseTo(0.5, 6);
});

it("leaves out features that would lower the probability, and constant ones", () => {
  const { features, outcomes } = drawn(4000, 5, (x, y) => sigmoid(-9 + 10 * x - 0.1 * y));
  const { weights } = fitLogistic(
    features.map(([x, y]) => [x!, y!, 7]),
    outcomes,
  );
  expect(weights[0]).toBeGreaterThan(5);
  expect(weights.slice(1)).toEqual([0, 0]);
});
