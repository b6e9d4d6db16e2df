/**
 * checkpoint.safetensors and optimiser.safetensors: what a run needs to go on, and what export
 * reads.
 */
import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type Architecture,
  type DatasetInfo,
  type ParameterValues,
  PlumageError,
  parameterTable,
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
import type { TrainingState } from "../engine/engine.ts";
import { recipeNames } from "./recipe.ts";
import { recipeChangesSchema } from "./recipeOptions.ts";

/** All that fixes a run; a resumed run takes it from the checkpoint. */
export const runSettingsSchema = z.object({
  dataset: z.string(),
  /** What shaped the data set; left out by a run that took it as it is. */
  data: dataOptionsSchema.optional(),
  recipe: z.enum(recipeNames),
  /** What is not as the recipe says; left out by a run that follows it. */
  changes: recipeChangesSchema.optional(),
  weights: z.string(),
  iterations: z.int().positive(),
  batch: z.int().positive(),
  rate: z.number().positive(),
  seed: z.int(),
  imageSize: z.int(),
  /** Batches from one evaluation along the way to the next; left out by a run that has none. */
  evaluateEvery: z.int().positive().optional(),
  /** Classes that were taken from the training half, to choose the best checkpoint by. */
  validation: z.int().positive().optional(),
});
export type RunSettings = z.infer<typeof runSettingsSchema>;

export interface Checkpoint {
  readonly architecture: Architecture;
  readonly settings: RunSettings;
  readonly state: TrainingState;
  /** Seconds of training so far. */
  readonly seconds: number;
}

const startAfresh = "train from the start, without --resume";

const prefixed = <T>(prefix: string, tensors: ReadonlyMap<string, T>): [string, T][] =>
  [...tensors].map(([name, tensor]) => [`${prefix}${name}`, tensor]);

/**
 * Writes checkpoint and optimizer so that a crash at any moment leaves a pair of one iteration: the
 * new optimizer first, under another name, then the checkpoint in the place of the old one, then
 * the optimizer's name.
 */
export async function writeCheckpoint(
  folder: string,
  checkpoint: Checkpoint,
  dataset: DatasetInfo,
): Promise<void> {
  const { architecture, state } = checkpoint;
  const optimizer = new Map([
    ...prefixed("mean:", nameTensors(architecture, state.expAvg)),
    ...prefixed("square:", nameTensors(architecture, state.expAvgSq)),
  ]);
  const paths = storePaths(folder);
  await writeSafetensors(paths.nextOptimizer, optimizer, { iteration: String(state.iteration) });
  await writeParameters(paths.checkpoint, checkpoint, dataset);
  await rename(paths.nextOptimizer, paths.optimizer);
}

/** Writes the best checkpoint so far, without an optimizer: a run goes on from its last. */
export const writeBest = (
  folder: string,
  checkpoint: Checkpoint,
  dataset: DatasetInfo,
): Promise<void> => writeParameters(storePaths(folder).bestCheckpoint, checkpoint, dataset);

const writeParameters = (
  path: string,
  { architecture, settings, state, seconds }: Checkpoint,
  dataset: DatasetInfo,
): Promise<void> => {
  const { parameters, iteration } = state;
  const stored = { architecture, parameters, dataset, iteration, seconds, settings };
  return writeCheckpointFile(path, stored);
};

/**
 * Takes away what an earlier run of the folder may have left: halves of files after a crash; for a
 * new run its best, too.
 */
export async function clearLeftovers(folder: string, fresh: boolean): Promise<void> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const gone = names.filter(
    (name) => /^\.[0-9a-f]{12}\.tmp$/.test(name) || (fresh && name === storeFiles.bestCheckpoint),
  );
  for (const name of gone) await rm(join(folder, name), { force: true });
}

/** The network, the settings and the parameters of a run, without its optimizer. */
export type TrainedNetwork = Omit<Checkpoint, "state"> & {
  readonly iteration: number;
  readonly parameters: ParameterValues;
};

/**
 * Reads a checkpoint's parameters and whose they are.
 *
 * @param path storePaths(...).checkpoint or .bestCheckpoint
 * @throws PlumageError "bad-file" if there is none or it is damaged, "mismatch" if it is not of its
 * own network
 */
export async function readNetwork(path: string): Promise<TrainedNetwork> {
  if (!existsSync(path)) {
    const hint =
      basename(path) === storeFiles.bestCheckpoint
        ? "train with --evaluate-every N"
        : "run: npm run train";
    throw new PlumageError("bad-file", `${path} is missing`, hint);
  }
  const stored = await readCheckpointFile(path, startAfresh);
  const settings = runSettingsSchema.safeParse(stored.settings);
  if (!settings.success) {
    const { path: field, message } = settings.error.issues[0]!;
    const where = `${path}: settings.${field.join(".")}`;
    throw new PlumageError("bad-file", `${where}: ${message}`, startAfresh);
  }
  const { architecture, parameters, iteration, seconds } = stored;
  return { architecture, settings: settings.data, seconds, iteration, parameters };
}

/**
 * Reads the checkpoint of an interrupted run.
 *
 * @throws PlumageError "bad-file" if there is none or it is damaged, "mismatch" if it is not of its
 * own network or its two files are not of one moment
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const paths = storePaths(folder);
  const path = paths.checkpoint;
  const optimizerPaths = [paths.optimizer, paths.nextOptimizer];
  const there = optimizerPaths.filter((file) => existsSync(file));
  const missing = existsSync(path) ? (there.length === 0 ? optimizerPaths[0] : undefined) : path;
  if (missing)
    throw new PlumageError("bad-file", `no run to go on with: ${missing} is missing`, startAfresh);
  const { iteration, parameters, ...run } = await readNetwork(path);
  const trained = parameterTable(run.architecture).filter((spec) => spec.trained);
  for (const optimizerPath of there) {
    const optimizer = await readSafetensors(optimizerPath);
    if (optimizer.metadata.iteration !== String(iteration)) continue;
    const expAvg = takeParameters(optimizerPath, optimizer.tensors, trained, startAfresh, "mean:");
    const expAvgSq = takeParameters(
      optimizerPath,
      optimizer.tensors,
      trained,
      startAfresh,
      "square:",
    );
    return { ...run, state: { iteration, parameters, expAvg, expAvgSq } };
  }
  throw new PlumageError(
    "mismatch",
    `${folder}: checkpoint and optimizer are of different iterations`,
    startAfresh,
  );
}
