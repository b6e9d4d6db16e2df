import { expect, it } from "vitest";
import { metricRows, metricTable } from "./metricTable.ts";

const flat = (value: number) => ({
  precisionAt1: value,
  recallAt: { "1": value, "2": value + 0.1, "4": value + 0.2, "8": value + 0.3 },
  mapAtR: value / 2,
  rPrecision: value / 4,
});

const report = {
  metrics: flat(0.6),
  pooledMetrics: flat(0.5),
  start: { weights: "emoji.safetensors", metrics: flat(0.55) },
  baselines: { rawPixels: flat(0.289), untrained: flat(0.1) },
  best: null,
  iterations: 500,
  recipe: { name: "finetune" },
};

it("aligns the rows from the weakest baseline to this run", () => {
  expect(metricTable(metricRows(report)).split("\n")).toEqual([
    "held-out retrieval           P@1    R@2    R@4    R@8  MAP@R  R-prec",
    "-------------------------  -----  -----  -----  -----  -----  ------",
    "raw pixels                 0.289  0.389  0.489  0.589  0.144   0.072",
    "untrained network          0.100  0.200  0.300  0.400  0.050   0.025",
    "starting checkpoint        0.550  0.650  0.750  0.850  0.275   0.138",
    "this run, pooled features  0.500  0.600  0.700  0.800  0.250   0.125",
    "this run, embedding        0.600  0.700  0.800  0.900  0.300   0.150",
  ]);
});

it("has no row for a starting checkpoint after random weights", () => {
  expect(metricRows({ ...report, start: null }).map(({ name }) => name)).not.toContain(
    "starting checkpoint",
  );
});

it("has a row for the best checkpoint unless it is the last", () => {
  const best = { iteration: 400, chosenBy: "validation" as const, metrics: flat(0.65) };
  expect(metricRows({ ...report, best }).at(-3)).toEqual({
    name: "best checkpoint (iteration 400)",
    metrics: best.metrics,
  });
  expect(metricRows({ ...report, best: { ...best, iteration: 500 } })).toEqual(metricRows(report));
});

it("compares a head with the frozen encoder, whose pooled features it began with", () => {
  const recipe = { name: "head", backbone: "dino" };
  const start = { weights: "dino", metrics: flat(0.5) };
  expect(metricRows({ ...report, recipe, start }).map(({ name }) => name)).toEqual([
    "raw pixels",
    "untrained head",
    "frozen encoder",
    "this run, embedding",
  ]);
});
