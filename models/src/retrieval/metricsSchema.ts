/** The retrieval metrics that a report holds, as fractions of one. */
import { z } from "zod";

const fraction = z.number().min(0).max(1);

/**
 * Leave-one-out over the held-out classes; definitions as in pytorch-metric-learning's
 * AccuracyCalculator.
 */
export const retrievalMetricsSchema = z.object({
  precisionAt1: fraction,
  recallAt: z.object({ "1": fraction, "2": fraction, "4": fraction, "8": fraction }),
  mapAtR: fraction,
  rPrecision: fraction,
});
export type RetrievalMetrics = z.infer<typeof retrievalMetricsSchema>;
