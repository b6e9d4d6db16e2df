/** Reads what training wrote: the checkpoint, and the metrics in its report. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import {
  type Architecture,
  type Calibration,
  PlumageError,
  type RetrievalMetrics,
  runHint,
} from "@plumage/models";
import {
  readCheckpointFile,
  readReportIfAny,
  type StoredCheckpoint,
  storePaths,
} from "@plumage/models/node";

export interface TrainedModel
  extends Pick<StoredCheckpoint, "architecture" | "parameters" | "dataset"> {
  readonly iterations: number;
  /** Held-out metrics; null if the checkpoint was not evaluated. */
  readonly metrics: RetrievalMetrics | null;
  /** The report's calibration, if it is of this checkpoint. */
  readonly calibration?: Calibration | undefined;
}

/** A trained model that is a whole network, not a head on an encoder. */
export interface TrainedNetwork extends TrainedModel {
  readonly architecture: Architecture;
}

/**
 * Reads a trained model from a folder of the store.
 *
 * @param folder models/store/<name>
 * @param which the last checkpoint of the run, or the best of those evaluated during training
 * @throws PlumageError "bad-file" if the checkpoint is missing or damaged, "mismatch" if tensors
 * are missing or have another shape
 */
export async function readTrained(
  folder: string,
  which: "last" | "best" = "last",
): Promise<TrainedModel> {
  const paths = storePaths(folder);
  const trainFirst = runHint("train", basename(folder));
  const path = which === "best" ? paths.bestCheckpoint : paths.checkpoint;
  if (which === "best" && !existsSync(path)) {
    const hint = "train with --evaluate-every N";
    throw new PlumageError("bad-file", `${path} is missing`, hint);
  }
  const { architecture, parameters, dataset, iteration } = await readCheckpointFile(
    path,
    trainFirst,
  );
  const report = await readReportIfAny(folder);
  const evaluated = report
    ? [{ iteration: report.iterations, metrics: report.metrics }, report.best]
    : [];
  // The report of another run does not apply to this checkpoint.
  const found = evaluated.find((each) => each?.iteration === iteration);
  return {
    architecture,
    parameters,
    dataset,
    iterations: iteration,
    metrics: found?.metrics ?? null,
    calibration: report?.iterations === iteration ? report.calibration : undefined,
  };
}
