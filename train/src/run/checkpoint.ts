/**
 * checkpoint.safetensors and optimiser.safetensors: what a run needs to go on, and what export
 * reads.
 */
import { existsSync } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type Architecture,
  architectureSchema,
  type DatasetInfo,
  datasetInfoSchema,
  type ParameterSpec,
  type ParameterValues,
  PlumageError,
  parameterTable,
} from "@plumage/models";
import {
  type NamedTensor,
  type NamedTensors,
  parseJson,
  readSafetensors,
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

const checkpointFile = "checkpoint.safetensors";
const bestFile = "best.safetensors";
const optimizerFile = "optimiser.safetensors";
/** The optimizer of a checkpoint that may not be there yet. */
const nextOptimizerFile = "optimiser.next.safetensors";
const format = "plumage-checkpoint/1";
const startAfresh = "train from the start, without --resume";

const metadataSchema = z.object({
  format: z.literal(format),
  architecture: z.string(),
  settings: z.string(),
  iteration: z.coerce.number().int().nonnegative(),
  seconds: z.coerce.number().nonnegative(),
});

function named(architecture: Architecture, values: ParameterValues): Map<string, NamedTensor> {
  const shapes = new Map(parameterTable(architecture).map(({ name, shape }) => [name, shape]));
  return new Map([...values].map(([name, data]) => [name, { shape: shapes.get(name)!, data }]));
}

const prefixed = <T>(prefix: string, tensors: ReadonlyMap<string, T>): [string, T][] =>
  [...tensors].map(([name, tensor]) => [`${prefix}${name}`, tensor]);

export const checkpointPath = (folder: string): string => join(folder, checkpointFile);

export const bestPath = (folder: string): string => join(folder, bestFile);

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
    ...prefixed("mean:", named(architecture, state.expAvg)),
    ...prefixed("square:", named(architecture, state.expAvgSq)),
  ]);
  const next = join(folder, nextOptimizerFile);
  await writeSafetensors(next, optimizer, { iteration: String(state.iteration) });
  await writeParameters(checkpointPath(folder), checkpoint, dataset);
  await rename(next, join(folder, optimizerFile));
}

/** Writes the best checkpoint so far, without an optimizer: a run goes on from its last. */
export const writeBest = (
  folder: string,
  checkpoint: Checkpoint,
  dataset: DatasetInfo,
): Promise<void> => writeParameters(bestPath(folder), checkpoint, dataset);

async function writeParameters(
  path: string,
  checkpoint: Checkpoint,
  dataset: DatasetInfo,
): Promise<void> {
  const { architecture, settings, state, seconds } = checkpoint;
  await writeSafetensors(path, named(architecture, state.parameters), {
    format,
    architecture: JSON.stringify(architecture),
    dataset: JSON.stringify(datasetInfoSchema.parse(dataset)),
    settings: JSON.stringify(settings),
    iteration: String(state.iteration),
    seconds: seconds.toFixed(1),
  });
}

/**
 * Takes away what an earlier run of the folder may have left: halves of files after a crash; for a
 * new run its best, too.
 */
export async function clearLeftovers(folder: string, fresh: boolean): Promise<void> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const gone = names.filter(
    (name) => /^\.[0-9a-f]{12}\.tmp$/.test(name) || (fresh && name === bestFile),
  );
  for (const name of gone) await rm(join(folder, name), { force: true });
}

/** The values of these parameters, whose tensors stand under a prefix and must all be there. */
function taken(
  path: string,
  tensors: NamedTensors,
  specs: readonly ParameterSpec[],
  prefix = "",
): ParameterValues {
  return new Map(
    specs.map(({ name, shape }) => {
      const tensor = tensors.get(`${prefix}${name}`);
      if (tensor?.shape.join() !== shape.join()) {
        throw new PlumageError(
          "mismatch",
          `${path}: ${prefix}${name} is missing or misshaped`,
          startAfresh,
        );
      }
      return [name, tensor.data];
    }),
  );
}

/** The network, the settings and the parameters of a run, without its optimizer. */
export type TrainedNetwork = Omit<Checkpoint, "state"> & {
  readonly iteration: number;
  readonly parameters: ParameterValues;
};

/**
 * Reads a checkpoint's parameters and whose they are.
 *
 * @param path checkpointPath or bestPath
 * @throws PlumageError "bad-file" if there is none or it is damaged, "mismatch" if it is not of its
 * own network
 */
export async function readNetwork(path: string): Promise<TrainedNetwork> {
  if (!existsSync(path)) {
    const hint =
      basename(path) === bestFile ? "train with --evaluate-every N" : "run: npm run train";
    throw new PlumageError("bad-file", `${path} is missing`, hint);
  }
  const { tensors, metadata } = await readSafetensors(path);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success)
    throw new PlumageError("bad-file", `${path} is no checkpoint of a run`, startAfresh);
  const { architecture: architectureText, settings, iteration, seconds } = parsed.data;
  const architecture = parseJson(architectureText, architectureSchema, path);
  return {
    architecture,
    settings: parseJson(settings, runSettingsSchema, path),
    seconds,
    iteration,
    parameters: taken(path, tensors, parameterTable(architecture)),
  };
}

/**
 * Reads the checkpoint of an interrupted run.
 *
 * @throws PlumageError "bad-file" if there is none or it is damaged, "mismatch" if it is not of its
 * own network or its two files are not of one moment
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const path = checkpointPath(folder);
  const optimizerPaths = [optimizerFile, nextOptimizerFile].map((file) => join(folder, file));
  const there = optimizerPaths.filter((file) => existsSync(file));
  const missing = existsSync(path) ? (there.length === 0 ? optimizerPaths[0] : undefined) : path;
  if (missing)
    throw new PlumageError("bad-file", `no run to go on with: ${missing} is missing`, startAfresh);
  const { iteration, parameters, ...run } = await readNetwork(path);
  const trained = parameterTable(run.architecture).filter((spec) => spec.trained);
  for (const optimizerPath of there) {
    const optimizer = await readSafetensors(optimizerPath);
    if (optimizer.metadata.iteration !== String(iteration)) continue;
    const expAvg = taken(optimizerPath, optimizer.tensors, trained, "mean:");
    const expAvgSq = taken(optimizerPath, optimizer.tensors, trained, "square:");
    return { ...run, state: { iteration, parameters, expAvg, expAvgSq } };
  }
  throw new PlumageError(
    "mismatch",
    `${folder}: checkpoint and optimizer are of different iterations`,
    startAfresh,
  );
}
