/** report.json: what a training run did, and what it reached on the held-out classes. */
import { z } from "zod";
import { networkSchema } from "../network/encoderHead.ts";
import { calibrationSchema } from "../retrieval/confidence.ts";
import { openSetMetricsSchema, retrievalMetricsSchema } from "../retrieval/metricsSchema.ts";
import { datasetInfoSchema } from "./item.ts";

/**
 * The classes that evaluations during training use: the test split, or classes set aside from the
 * training split.
 */
export const evaluatedClassesSchema = z.enum(["held-out", "validation"]);
/** Which classes an evaluation used. */
export type EvaluatedClasses = z.infer<typeof evaluatedClassesSchema>;

const countsSchema = z.object({ classes: z.int().nonnegative(), items: z.int().nonnegative() });

/** Schema of report.json. */
export const reportSchema = z.object({
  format: z.literal("plumage-report/1"),
  /** Name of the model: the folder under models/store. */
  name: z.string().min(1),
  /** The command line of the run. */
  command: z.string(),
  dataset: datasetInfoSchema.extend({
    train: countsSchema,
    test: countsSchema.extend({
      queries: z.int().nonnegative(),
      /** Queries without any item to find; left out of the metrics. */
      loneQueries: z.int().nonnegative(),
      /**
       * Items that are searched, if the data set separates queries from references. Otherwise every
       * item is both (leave-one-out).
       */
      references: z.int().positive().optional(),
    }),
  }),
  architecture: networkSchema,
  /** The recipe's name and the numbers that it fixes. */
  recipe: z.looseObject({ name: z.string().min(1) }),
  seed: z.int(),
  /** Engine and device in one line, as printed. */
  device: z.string(),
  iterations: z.int().nonnegative(),
  started: z.iso.datetime(),
  /** Seconds of training, without evaluation. */
  seconds: z.number().nonnegative(),
  imagesPerSecond: z.number().nonnegative(),
  /** Held-out retrieval with the embedding. */
  metrics: retrievalMetricsSchema,
  /** How well cosines of the embedding tell matches from others; earlier reports have none. */
  openSet: openSetMetricsSchema.optional(),
  /** What these cosines mean; undefined if there are too few held-out images. */
  calibration: calibrationSchema.optional(),
  /** Held-out retrieval with the average-pooled features of the backbone. */
  pooledMetrics: retrievalMetricsSchema,
  /** The initial weights and their held-out retrieval; null for random weights. */
  start: z.object({ weights: z.string().min(1), metrics: retrievalMetricsSchema }).nullable(),
  baselines: z.object({ rawPixels: retrievalMetricsSchema, untrained: retrievalMetricsSchema }),
  /**
   * The checkpoint with the best MAP@R during training, with its held-out metrics; null if the run
   * evaluated nothing on the way. If it was chosen by these metrics ("held-out") they are
   * optimistic; if it was chosen by validation classes they are not.
   */
  best: z
    .object({
      iteration: z.int().nonnegative(),
      chosenBy: evaluatedClassesSchema,
      metrics: retrievalMetricsSchema,
    })
    .nullable()
    .default(null),
  /** Evaluations in order of iteration, on the classes that `best` is chosen by. */
  curve: z.array(retrievalMetricsSchema.extend({ iteration: z.int().nonnegative() })),
});
/** The contents of report.json. */
export type Report = z.infer<typeof reportSchema>;
