import { describe, expect, test } from "vitest";
import { runSettingsSchema } from "./checkpoint.ts";
import { type Recipe, recipeNames, recipes } from "./recipe.ts";
import { changedRecipe } from "./recipeOptions.ts";
import { learningRate } from "./schedule.ts";

describe.each(Object.entries<Recipe>(recipes))("%s", (name, recipe) => {
  test("fills batches with several images of several classes", () => {
    expect(recipe.batch % recipe.perClass).toBe(0);
    expect(recipe.perClass).toBeGreaterThanOrEqual(2);
    expect(recipe.batch / recipe.perClass).toBeGreaterThanOrEqual(2);
  });

  test("has an objective with at least one term, and hyperparameters in their ranges", () => {
    const { classification, triplet, contrastive, proxyAnchor, multiSimilarity } = recipe.objective;
    const weights = Object.values(recipe.objective).map(({ weight }) => weight);
    expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...weights)).toBeGreaterThan(0);
    // With a margin of 0, hard triplets could have a loss of 0, which the reducer nonzero skips.
    expect(triplet.margin).toBeGreaterThan(0);
    expect(Math.min(classification.temperature, contrastive.temperature)).toBeGreaterThan(0);
    expect(classification.smoothing).toBeGreaterThanOrEqual(0);
    expect(classification.smoothing).toBeLessThan(1);
    expect(Math.min(recipe.clipNorm, recipe.weightDecay)).toBeGreaterThanOrEqual(0);
    expect(Math.min(proxyAnchor.margin, proxyAnchor.scale)).toBeGreaterThan(0);
    expect(Math.min(multiSimilarity.alpha, multiSimilarity.beta)).toBeGreaterThan(0);
    expect(Math.min(recipe.headRate, recipe.proxyRate)).toBeGreaterThan(0);
  });

  test("has a positive learning rate in every iteration and reaches its highest", () => {
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

  test("is valid in a run's settings", () => {
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

describe("changedRecipe", () => {
  test("returns the recipe without overrides", () => {
    for (const name of recipeNames) expect(changedRecipe(name)).toEqual(recipes[name]);
  });

  test("overrides each value separately", () => {
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
      proxyAnchor: 0.4,
      proxyAnchorMargin: 0.2,
      proxyAnchorScale: 16,
      proxyRate: 10,
      weightDecay: 0.01,
      ema: 0.99,
      multiSimilarity: 0.6,
      multiSimilarityAlpha: 1,
      multiSimilarityBeta: 40,
      multiSimilarityBase: 0.4,
      multiSimilarityEpsilon: 0.2,
      arcFace: 0.7,
      arcFaceMargin: 20,
      arcFaceScale: 30,
      arcFaceCenters: 3,
      circle: 0.8,
      circleMargin: 0.25,
      circleScale: 64,
    });
    const { batch, schedule, headRate } = recipes.finetune;
    expect(changed).toMatchObject({
      batch,
      schedule,
      headRate,
      augmentation: "strong",
      batchNorm: "batch",
      proxyRate: 10,
      weightDecay: 0.01,
      ema: 0.99,
    });
    expect(changed.objective).toEqual({
      classification: { weight: 0, temperature: 0.2, smoothing: 0 },
      triplet: { weight: 2, miner: "batch-hard", margin: 0.3, reducer: "mean" },
      contrastive: { weight: 0.5, temperature: 0.07 },
      proxyAnchor: { weight: 0.4, margin: 0.2, scale: 16 },
      multiSimilarity: { weight: 0.6, alpha: 1, beta: 40, base: 0.4, epsilon: 0.2 },
      arcFace: { weight: 0.7, margin: 20, scale: 30, centers: 3 },
      circle: { weight: 0.8, margin: 0.25, scale: 64 },
    });
  });

  test("freezes stages, also for a warm-up, and rejects that without frozen batch norm", () => {
    expect(changedRecipe("finetune", { freeze: "layer2" })).toMatchObject({ freeze: "layer2" });
    expect(changedRecipe("finetune", { warmupSteps: 5 })).toMatchObject({ warmupSteps: 5 });
    expect(() => changedRecipe("scratch", { warmupSteps: 5 })).toThrow(/--warmup-steps needs/);
    const withBatch = { freeze: "stem", batchNorm: "batch" } as const;
    expect(() => changedRecipe("finetune", withBatch)).toThrow(/--freeze needs frozen batch norm/);
  });

  test("rejects an objective without terms", () => {
    expect(() => changedRecipe("finetune", { classification: 0, triplet: 0 })).toThrow(
      "every term of the objective is disabled",
    );
  });
});
