import { describe, expect, test } from "vitest";
import { augmentations } from "../data/batches/augment.ts";
import { runSettingsSchema } from "./checkpoint.ts";
import { type Recipe, recipeNames, recipes } from "./recipe.ts";
import { changedRecipe } from "./recipeOptions.ts";
import { learningRate } from "./schedule.ts";

test("there are a recipe for weights that know images and one for those that do not", () => {
  expect(recipeNames).toEqual(expect.arrayContaining(["finetune", "scratch"]));
});

describe.each(Object.entries<Recipe>(recipes))("%s", (name, recipe) => {
  test("makes batches of whole classes with pairs in them", () => {
    expect(recipe.batch % recipe.perClass).toBe(0);
    expect(recipe.perClass).toBeGreaterThanOrEqual(2);
    expect(recipe.batch / recipe.perClass).toBeGreaterThanOrEqual(2);
    expect(augmentations).toHaveProperty(recipe.augmentation);
  });

  test("has an objective with at least one term, and sensible constants", () => {
    const { classification, triplet, contrastive } = recipe.objective;
    const weights = [classification.weight, triplet.weight, contrastive.weight];
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...weights)).toBeGreaterThan(0);
    // The mean over hard triplets is that over the non-zero ones only where the margin is above 0.
    expect(triplet.margin).toBeGreaterThan(0);
    expect(Math.min(classification.temperature, contrastive.temperature)).toBeGreaterThan(0);
    expect(classification.smoothing).toBeGreaterThanOrEqual(0);
    expect(classification.smoothing).toBeLessThan(1);
    expect(Math.min(recipe.clipNorm, recipe.weightDecay)).toBeGreaterThanOrEqual(0);
    expect(recipe.headRate).toBeGreaterThan(0);
  });

  test("has a learning rate above 0 in every iteration, and its highest in one of them", () => {
    const { schedule, iterations } = recipe;
    const rates = Array.from({ length: iterations }, (_, i) =>
      learningRate(schedule, i, iterations),
    );
    expect(Math.min(...rates)).toBeGreaterThan(0);
    expect(Math.max(...rates)).toBeLessThanOrEqual(schedule.rate);
    expect(Math.max(...rates)).toBeGreaterThan(0.95 * schedule.rate);
    if (schedule.kind === "step") {
      expect(schedule.milestones).toEqual([...schedule.milestones].sort((a, b) => a - b));
      for (const milestone of schedule.milestones)
        expect(milestone > 0 && milestone < 1).toBe(true);
    }
  });

  test("can be the recipe of a run's settings", () => {
    const settings = {
      dataset: "emoji",
      recipe: name,
      weights: "none",
      iterations: recipe.iterations,
      batch: recipe.batch,
      rate: recipe.schedule.rate,
      seed: 1,
      imageSize: 64,
    };
    expect(runSettingsSchema.parse(settings)).toEqual(settings);
  });
});

describe("changes", () => {
  test("without any, a recipe is as it stands in the table", () => {
    for (const name of recipeNames) expect(changedRecipe(name)).toEqual(recipes[name]);
  });

  test("each reaches its own number, and leaves the others alone", () => {
    const changed = changedRecipe("finetune", {
      augmentation: "strong",
      batchNorm: "batch",
      classification: 0,
      temperature: 0.2,
      smoothing: 0,
      triplet: 2,
      miner: "batch-hard",
      margin: 0.3,
      reducer: "mean",
      contrastive: 0.5,
      contrastiveTemperature: 0.07,
    });
    const { batch, schedule, headRate } = recipes.finetune;
    expect(changed).toMatchObject({
      batch,
      schedule,
      headRate,
      augmentation: "strong",
      batchNorm: "batch",
    });
    expect(changed.objective).toEqual({
      classification: { weight: 0, temperature: 0.2, smoothing: 0 },
      triplet: { weight: 2, miner: "batch-hard", margin: 0.3, reducer: "mean" },
      contrastive: { weight: 0.5, temperature: 0.07 },
    });
  });

  test("an objective of nothing is refused", () => {
    expect(() => changedRecipe("finetune", { classification: 0, triplet: 0 })).toThrow(
      "no term of the objective",
    );
  });
});
