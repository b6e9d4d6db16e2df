/** report.json: what a training run was, and what it reached on the held-out classes. */
import { join } from "node:path";
import { architectureSchema, datasetInfoSchema, retrievalMetricsSchema } from "@plumage/models";
import { readJson, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";
import { evaluatedClassesSchema } from "../run/trainLog.ts";

const fileName = "report.json";

const countsSchema = z.object({ classes: z.int().nonnegative(), items: z.int().nonnegative() });

export const reportSchema = z.object({
  format: z.literal("plumage-report/1"),
  /** Name of the model: the folder under models/store. */
  name: z.string().min(1),
  /** The command line that did it. */
  command: z.string(),
  dataset: datasetInfoSchema.extend({
    train: countsSchema,
    test: countsSchema.extend({
      queries: z.int().nonnegative(),
      /** Queries that have nothing to find, and are not asked. */
      loneQueries: z.int().nonnegative(),
      /**
       * Items that are looked among, where the data set tells queries from references; without it
       * all, leave-one-out.
       */
      references: z.int().positive().optional(),
    }),
  }),
  architecture: architectureSchema,
  /** The recipe's name and whatever numbers it fixes. */
  recipe: z.looseObject({ name: z.string().min(1) }),
  seed: z.int(),
  /** Engine and device in one line, as they were printed. */
  device: z.string(),
  iterations: z.int().nonnegative(),
  started: z.iso.datetime(),
  /** Seconds of training, without evaluation. */
  seconds: z.number().nonnegative(),
  imagesPerSecond: z.number().nonnegative(),
  /** Held-out retrieval with the embedding. */
  metrics: retrievalMetricsSchema,
  /** The same with the average-pooled features of the backbone. */
  pooledMetrics: retrievalMetricsSchema,
  /** What the run started from and what that reached; null from random weights. */
  start: z.object({ weights: z.string().min(1), metrics: retrievalMetricsSchema }).nullable(),
  baselines: z.object({ rawPixels: retrievalMetricsSchema, untrained: retrievalMetricsSchema }),
  /**
   * The best checkpoint of the evaluations along the way, by MAP@R, with its held-out figures; null
   * where there were none. Chosen by those very figures ("held-out") they flatter; chosen by
   * classes of the training half ("validation") they do not.
   */
  best: z
    .object({
      iteration: z.int().nonnegative(),
      chosenBy: evaluatedClassesSchema,
      metrics: retrievalMetricsSchema,
    })
    .nullable()
    .default(null),
  /** Evaluations from the start to the end, in order; of the classes that `best` is chosen by. */
  curve: z.array(retrievalMetricsSchema.extend({ iteration: z.int().nonnegative() })),
});
export type Report = z.infer<typeof reportSchema>;

/**
 * Writes report.json into a folder of the store. Throws a ZodError if the report does not keep to
 * its own schema.
 */
export async function writeReport(folder: string, report: Report): Promise<void> {
  const text = `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`;
  await writeFileWhole(join(folder, fileName), text);
}

/** @throws PlumageError "bad-file" if there is none or it cannot be used */
export function readReport(folder: string): Promise<Report> {
  return readJson(join(folder, fileName), reportSchema);
}
