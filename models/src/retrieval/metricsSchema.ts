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
