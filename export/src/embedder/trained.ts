/** What training left behind, as export reads it: the checkpoint and the report's figures. */

import { access } from "node:fs/promises";
import { join } from "node:path";
import {
  type Architecture,
  architectureSchema,
  type DatasetInfo,
  datasetInfoSchema,
  type ParameterValues,
  PlumageError,
  parameterTable,
  type RetrievalMetrics,
  retrievalMetricsSchema,
} from "@plumage/models";
import { isMissing, parseJson, readJson, readSafetensors } from "@plumage/models/node";
import { z } from "zod";

export interface TrainedModel {
  readonly architecture: Architecture;
  readonly parameters: ParameterValues;
  readonly dataset: DatasetInfo;
  readonly iterations: number;
  /** Held-out figures; null where the run was not evaluated. */
  readonly metrics: RetrievalMetrics | null;
}

const trainFirst = "run: npm run train";
const reportSchema = z.object({
  iterations: z.int(),
  metrics: retrievalMetricsSchema,
  best: z.object({ iteration: z.int(), metrics: retrievalMetricsSchema }).nullish(),
});
/** The last checkpoint of a run, and the best of those that were evaluated on the way. */
export const checkpointFiles = {
  last: "checkpoint.safetensors",
  best: "best.safetensors",
} as const;

/**
 * @param folder models/store/<name>
 * @throws PlumageError "bad-file" without a checkpoint, "mismatch" that lists missing or misshaped
 * tensors
 */
export async function readTrained(
  folder: string,
  which: keyof typeof checkpointFiles = "last",
): Promise<TrainedModel> {
  const path = join(folder, checkpointFiles[which]);
  if (!(await exists(path))) {
    const hint = which === "best" ? `${trainFirst} -- --evaluate-every N` : trainFirst;
    throw new PlumageError("bad-file", `${path} is missing`, hint);
  }
  const { tensors, metadata } = await readSafetensors(path);
  const field = (name: string) => {
    const text = metadata[name];
    if (text === undefined)
      throw new PlumageError("bad-file", `${path} says nothing of its ${name}`, trainFirst);
    return text;
  };
  const architecture = parseJson(field("architecture"), architectureSchema, path);
  const wrong = parameterTable(architecture).filter(
    ({ name, shape }) => tensors.get(name)?.shape.join() !== shape.join(),
  );
  if (wrong.length > 0) {
    const names = wrong.map(({ name }) => name).join(", ");
    throw new PlumageError("mismatch", `${path}: missing or misshaped: ${names}`, trainFirst);
  }
  const iterations = parseJson(field("iteration"), z.int().nonnegative(), path);
  const reportPath = join(folder, "report.json");
  const report = (await exists(reportPath))
    ? await readJson(reportPath, reportSchema, trainFirst)
    : undefined;
  return {
    architecture,
    parameters: new Map([...tensors].map(([name, { data }]) => [name, data])),
    dataset: parseJson(field("dataset"), datasetInfoSchema, path),
    iterations,
    // A report of an earlier run says nothing of this checkpoint.
    metrics:
      [report && { iteration: report.iterations, metrics: report.metrics }, report?.best].find(
        (measured) => measured?.iteration === iterations,
      )?.metrics ?? null,
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
