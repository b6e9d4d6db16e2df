/** A run's checkpoint (checkpoint.safetensors) and its optimizer (optimiser.safetensors). */
import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  type DatasetInfo,
  type NetworkArchitecture,
  type ParameterValues,
  PlumageError,
  parameterTable,
  runHint,
  storeFiles,
} from "@plumage/models";
import {
  nameTensors,
  readCheckpointFile,
  readSafetensors,
  storePaths,
  takeParameters,
  writeCheckpointFile,
  writeSafetensors,
} from "@plumage/models/node";
import { z } from "zod";
import { dataOptionsSchema } from "../data/options.ts";
import { evaluatedParameters } from "../engine/average.ts";
import type { TrainingState } from "../engine/engine.ts";
import { recipeNames } from "./recipe.ts";
import { recipeChangesSchema } from "./recipeOptions.ts";

/** Everything that determines a run; a resumed run reads it from the checkpoint. */
export const runSettingsSchema = z.object({
  dataset: z.string(),
  data: dataOptionsSchema.optional(),
  recipe: z.enum(recipeNames),
  /** Overrides of the recipe. */
  changes: recipeChangesSchema.optional(),
  weights: z.string(),
  /** What --backbone named: the run trains a head on frozen features. */
  backbone: z.string().min(1).optional(),
  iterations: z.int().positive(),
  batch: z.int().positive(),
  rate: z.number().positive(),
  seed: z.int(),
  imageSize: z.int(),
  /** Iterations between evaluations during the run. */
  evaluateEvery: z.int().positive().optional(),
  /** Number of validation classes, which choose the best checkpoint. */
  validation: z.int().positive().optional(),
  /** Evaluations in a row without a better one after which the run stops. */
  patience: z.int().positive().optional(),
});
export type RunSettings = z.infer<typeof runSettingsSchema>;

export interface Checkpoint {
  readonly architecture: NetworkArchitecture;
  readonly settings: RunSettings;
  readonly state: TrainingState;
  /** Seconds of training so far. */
  readonly seconds: number;
}

const restartHint = "train from the start, without --resume";

/** Key prefixes in the optimizer file: of Adam's moments, and of weights beside their average. */
const momentPrefixes = { expAvg: "mean:", expAvgSq: "square:" } as const;
const weightPrefix = "value:";

/**
 * Writes checkpoint and optimizer. A crash at any moment leaves a matching pair: the new optimizer
 * is written under another name, then the checkpoint is replaced, then the optimizer is renamed.
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  dataset: DatasetInfo,
): Promise<void> {
  const { architecture, state } = checkpoint;
  const moments = (["expAvg", "expAvgSq"] as const).flatMap((moment) =>
    [...nameTensors(architecture, state[moment])].map(
      ([name, tensor]) => [`${momentPrefixes[moment]}${name}`, tensor] as const,
    ),
  );
  const weights = state.average
    ? [...nameTensors(architecture, state.parameters)].map(
        ([name, tensor]) => [`${weightPrefix}${name}`, tensor] as const,
      )
    : [];
  const paths = storePaths(folder);
  const metadata = { iteration: String(state.iteration) };
  await writeSafetensors(paths.nextOptimizer, new Map([...moments, ...weights]), metadata);
  await writeParameters(paths.checkpoint, checkpoint, dataset);
  await rename(paths.nextOptimizer, paths.optimizer);
}

/** Writes the best checkpoint so far, without an optimizer; a run resumes from its last. */
export const writeBestCheckpoint = (
  folder: string,
  checkpoint: Checkpoint,
  dataset: DatasetInfo,
): Promise<void> => writeParameters(storePaths(folder).bestCheckpoint, checkpoint, dataset);

const writeParameters = (
  path: string,
  { architecture, settings, state, seconds }: Checkpoint,
  dataset: DatasetInfo,
): Promise<void> => {
  const { iteration } = state;
  const parameters = evaluatedParameters(state);
  const stored = { architecture, parameters, dataset, iteration, seconds, settings };
  return writeCheckpointFile(path, stored);
};

/**
 * Deletes temporary files that a crash left, and for a new run the best checkpoint of an old one.
 */
export async function removeLeftovers(folder: string, isNewRun: boolean): Promise<void> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const leftovers = names.filter(
    (name) =>
      /^\.[0-9a-f]{12}\.tmp$/.test(name) || (isNewRun && name === storeFiles.bestCheckpoint),
  );
  for (const name of leftovers) await rm(join(folder, name), { force: true });
}

/** A checkpoint without the optimizer's state. */
export type TrainedNetwork = Omit<Checkpoint, "state"> & {
  readonly iteration: number;
  readonly parameters: ParameterValues;
};

/**
 * Reads a checkpoint without the optimizer.
 *
 * @param path storePaths(...).checkpoint or .bestCheckpoint
 * @throws PlumageError "bad-file" for a missing or damaged file, "mismatch" if its tensors do not
 *   fit its network
 */
export async function readNetwork(path: string): Promise<TrainedNetwork> {
  if (!existsSync(path)) {
    const isBest = basename(path) === storeFiles.bestCheckpoint;
    const hint = isBest
      ? "train with --evaluate-every N"
      : runHint("train", basename(dirname(path)));
    throw new PlumageError("bad-file", `${path} is missing`, hint);
  }
  const stored = await readCheckpointFile(path, restartHint);
  const settings = runSettingsSchema.safeParse(stored.settings);
  if (!settings.success) {
    const { path: field, message } = settings.error.issues[0]!;
    throw new PlumageError(
      "bad-file",
      `${path}: settings.${field.join(".")}: ${message}`,
      restartHint,
    );
  }
  const { architecture, parameters, iteration, seconds } = stored;
  return { architecture, settings: settings.data, seconds, iteration, parameters };
}

/**
 * Reads the checkpoint of an interrupted run with its optimizer.
 *
 * @throws PlumageError "bad-file" for a missing or damaged file, "mismatch" if the tensors do not
 *   fit the network or checkpoint and optimizer are of different iterations
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const paths = storePaths(folder);
  const optimizers = [paths.optimizer, paths.nextOptimizer].filter((file) => existsSync(file));
  const isMissing = !existsSync(paths.checkpoint);
  if (isMissing || optimizers.length === 0) {
    const file = isMissing ? paths.checkpoint : paths.optimizer;
    throw new PlumageError("bad-file", `no run to resume: ${file} is missing`, restartHint);
  }
  const { iteration, parameters, ...run } = await readNetwork(paths.checkpoint);
  const trained = parameterTable(run.architecture).filter((spec) => spec.trained);
  for (const path of optimizers) {
    const { tensors, metadata } = await readSafetensors(path);
    if (metadata.iteration !== String(iteration)) continue;
    const read = (prefix: string) => takeParameters(path, tensors, trained, restartHint, prefix);
    const expAvg = read(momentPrefixes.expAvg);
    const expAvgSq = read(momentPrefixes.expAvgSq);
    const moments = { iteration, expAvg, expAvgSq };
    if (!run.settings.changes?.ema) return { ...run, state: { ...moments, parameters } };
    const table = parameterTable(run.architecture);
    const weights = takeParameters(path, tensors, table, restartHint, weightPrefix);
    return { ...run, state: { ...moments, parameters: weights, average: parameters } };
  }
  throw new PlumageError(
    "mismatch",
    `${folder}: checkpoint and optimizer are of different iterations`,
    restartHint,
  );
}
