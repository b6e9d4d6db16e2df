import type { RetrievalMetrics } from "@plumage/models";
import { expect, it } from "vitest";
import { chanceText, comparisonTable } from "./comparison.ts";

const metrics = (precisionAt1: number): RetrievalMetrics => ({
  precisionAt1,
  recallAt: { "1": precisionAt1, "2": 0.6, "4": 0.7, "8": 0.8 },
  mapAtR: 0.25,
  rPrecision: 0.5,
});
const model = { dimension: 512, imagesPerSecond: 41.26, bytes: 94_123_456 };
const models = [
  { ...model, name: "birds", metrics: metrics(0.5) },
  { ...model, name: "dino", metrics: metrics(0.75), bytes: undefined },
];

it("has a row for each model below the baseline", () => {
  expect(comparisonTable(models, metrics(0.1), "held-out")).toBe(
    [
      "held-out      P@1    R@2    R@4    R@8  MAP@R  R-prec  dimension  images/s    MB",
      "----------  -----  -----  -----  -----  -----  ------  ---------  --------  ----",
      "raw pixels  0.100  0.600  0.700  0.800  0.250   0.500",
      "birds       0.500  0.600  0.700  0.800  0.250   0.500        512      41.3  94.1",
      "dino        0.750  0.600  0.700  0.800  0.250   0.500        512      41.3     -",
    ].join("\n"),
  );
});

it("says how much can be chance", () => {
  // 1.96 * sqrt((0.5 * 0.5 + 0.75 * 0.25) / 1000)
  expect(chanceText(models, 1000)).toMatch(/^With 1000 queries, P@1 can differ by 0.041 by/);
});
