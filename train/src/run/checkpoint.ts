/** checkpoint.safetensors and optimiser.safetensors: what a run needs to go on, and what export reads. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Architecture,
  architectureSchema,
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
const optimiserFile = "optimiser.safetensors";
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

/** Writes the parameters last, so that a checkpoint always finds an optimiser of its own or a later iteration. */
export async function writeCheckpoint(folder: string, checkpoint: Checkpoint, dataset: unknown): Promise<void> {
  const { architecture, settings, state, seconds } = checkpoint;
  const iteration = String(state.iteration);
  const optimiser = new Map([
    ...prefixed("mean:", named(architecture, state.means)),
    ...prefixed("square:", named(architecture, state.squares)),
  ]);
  await writeSafetensors(join(folder, optimiserFile), optimiser, { iteration });
  await writeSafetensors(checkpointPath(folder), named(architecture, state.parameters), {
    format,
    architecture: JSON.stringify(architecture),
    dataset: JSON.stringify(datasetInfoSchema.parse(dataset)),
    settings: JSON.stringify(settings),
    iteration,
    seconds: seconds.toFixed(1),
  });
}

/** The values of these parameters, whose tensors stand under a prefix and must all be there. */
function taken(path: string, tensors: NamedTensors, specs: readonly ParameterSpec[], prefix = ""): ParameterValues {
  return new Map(
    specs.map(({ name, shape }) => {
      const tensor = tensors.get(`${prefix}${name}`);
      if (tensor?.shape.join() !== shape.join()) {
        throw new PlumageError("mismatch", `${path}: ${prefix}${name} is missing or misshaped`, startAfresh);
      }
      return [name, tensor.data];
    }),
  );
}

/**
 * Reads the checkpoint of an interrupted run.
 *
 * @throws PlumageError "bad-file" if there is none or it is damaged, "mismatch" if it is not of its own network or its
 * two files are not of one moment
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const [path, optimiserPath] = [checkpointPath(folder), join(folder, optimiserFile)];
  for (const file of [path, optimiserPath]) {
    if (!existsSync(file)) throw new PlumageError("bad-file", `no run to go on with: ${file} is missing`, startAfresh);
  }
  const { tensors, metadata } = await readSafetensors(path);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) throw new PlumageError("bad-file", `${path} is no checkpoint of a run`, startAfresh);
  const { architecture: architectureText, settings, iteration, seconds } = parsed.data;
  const optimiser = await readSafetensors(optimiserPath);
  if (optimiser.metadata.iteration !== metadata.iteration) {
    throw new PlumageError("mismatch", `${folder}: checkpoint and optimiser are of different iterations`, startAfresh);
  }
  const architecture = parseJson(architectureText, architectureSchema, path);
  const table = parameterTable(architecture);
  const trained = table.filter((spec) => spec.trained);
  return {
    architecture,
    settings: parseJson(settings, runSettingsSchema, path),
    seconds,
    state: {
      iteration,
      parameters: taken(path, tensors, table),
      means: taken(optimiserPath, optimiser.tensors, trained, "mean:"),
      squares: taken(optimiserPath, optimiser.tensors, trained, "square:"),
    },
  };
}
