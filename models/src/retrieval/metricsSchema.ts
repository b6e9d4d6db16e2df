/** The retrieval metrics of a report, as fractions. */
import { z } from "zod";

const fraction = z.number().min(0).max(1);

/** See RetrievalMeter for the definitions. */
export const retrievalMetricsSchema = z.object({
  precisionAt1: fraction,
  recallAt: z.object({ "1": fraction, "2": fraction, "4": fraction, "8": fraction }),
  mapAtR: fraction,
  rPrecision: fraction,
});
/** P@1, R@K, R-precision and MAP@R of one evaluation, each between 0 and 1. */
export type RetrievalMetrics = z.infer<typeof retrievalMetricsSchema>;

/** See OpenSetMeter for the definitions. */
export const openSetMetricsSchema = z.object({
  /** By false match rate; null if there are too few pairs to tell. */
  fnmrAtFmr: z.object({ "0.01": fraction.nullable(), "0.001": fraction.nullable() }),
  auroc: fraction,
});
/** FNMR at FMR and AUROC of one evaluation, each between 0 and 1. */
export type OpenSetMetrics = z.infer<typeof openSetMetricsSchema>;
