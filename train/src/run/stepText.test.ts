import { expect, it } from "vitest";
import { stepMetricNames } from "../objective/index.ts";
import { recipes } from "./recipe.ts";
import { describeStep } from "./stepText.ts";

const metrics = Object.fromEntries(stepMetricNames.map((name) => [name, 0.5])) as Parameters<
  typeof describeStep
>[0];

it("names the terms, and the accuracy only of a classifier that is trained", () => {
  expect(describeStep({ ...metrics, minedTriplets: 7 }, recipes.tutorial.objective, 40)).toBe(
    "loss 0.500 (classification 0.500, triplet 0.500), 7 triplets, accuracy 0.50, 40.0 images/s",
  );
  expect(describeStep(metrics, recipes.head.objective, 40)).toBe("loss 0.500, 40.0 images/s");
});
