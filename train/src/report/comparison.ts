/** Several models on the same images, as a table. */
import type { RetrievalMetrics } from "@plumage/models";
import { metricCells, metricColumns, textTable } from "./metricTable.ts";

export interface ComparedModel {
  readonly name: string;
  readonly metrics: RetrievalMetrics;
  /** Length of an embedding. */
  readonly dimension: number;
  /** Of the network alone, on this machine. */
  readonly imagesPerSecond: number;
  /** Of the exported fp32 file; undefined if there is none. */
  readonly bytes: number | undefined;
}

/** @param rawPixels metrics of the baseline that any network must beat */
export const comparisonTable = (
  models: readonly ComparedModel[],
  rawPixels: RetrievalMetrics,
  title: string,
): string =>
  textTable([
    [title, ...metricColumns.map(({ heading }) => heading), "dimension", "images/s", "MB"],
    ["raw pixels", ...metricCells(rawPixels), "", "", ""],
    ...models.map(({ name, metrics, dimension, imagesPerSecond, bytes }) => [
      name,
      ...metricCells(metrics),
      String(dimension),
      imagesPerSecond.toPrecision(3),
      bytes === undefined ? "-" : (bytes / 1e6).toFixed(1),
    ]),
  ]);

/** z for a two-sided 95% confidence interval. */
const confidenceZ = 1.96;

/**
 * How far two models' P@1 may differ by chance: the 95% confidence interval of a difference of two
 * proportions, as if each model had its own queries. Models that answer the same queries differ
 * less.
 */
export function chanceText(models: readonly ComparedModel[], queries: number): string {
  const variances = models
    .map(({ metrics: { precisionAt1 } }) => precisionAt1 * (1 - precisionAt1))
    .sort((a, b) => b - a);
  const difference = confidenceZ * Math.sqrt((variances[0]! + variances[1]!) / queries);
  return (
    `With ${queries} queries, P@1 can differ by ${difference.toFixed(3)} by chance. ` +
    "images/s are of the network alone."
  );
}
