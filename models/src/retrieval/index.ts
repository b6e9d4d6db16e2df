/** Search and its metrics: pure functions that run anywhere. */
export * from "./confidence.ts";
export * from "./diversify.ts";
export * from "./dotProducts.ts";
export * from "./evaluate.ts";
export * from "./labelNoise.ts";
export * from "./metrics.ts";
export * from "./metricsSchema.ts";
export * from "./nearCopies.ts";
export * from "./nearest.ts";
export * from "./refine.ts";
export * from "./search.ts";
export * from "./searchSets.ts";
export * from "./topLists.ts";
export * from "./vectors.ts";
