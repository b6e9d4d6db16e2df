/** checkpoint.safetensors and optimiser.safetensors: what a run needs to go on, and what export reads. */
import { join } from "node:path";
import {
  type Architecture,
  architectureSchema,
  datasetInfoSchema,
  type ParameterValues,
  PlumageError,
  parameterTable,
} from "@plumage/models";
import { type NamedTensor, parseJson, readSafetensors, writeSafetensors } from "@plumage/models/node";
import { z } from "zod";
import type { TrainingState } from "../engine/engine.ts";
import { recipeNames } from "./recipe.ts";

/** All that fixes a run; a resumed run takes it from the checkpoint. */
export const runSettingsSchema = z.object({
  dataset: z.string(),
  recipe: z.enum(recipeNames),
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
    format: "plumage-checkpoint/1",
    architecture: JSON.stringify(architecture),
    dataset: JSON.stringify(datasetInfoSchema.parse(dataset)),
    settings: JSON.stringify(settings),
    iteration,
    seconds: seconds.toFixed(1),
  });
}

/**
 * Reads the checkpoint of an interrupted run.
 *
 * @throws PlumageError "bad-file" if there is none, or its two files are not of one moment
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(checkpointPath(folder));
  const optimiser = await readSafetensors(join(folder, optimiserFile));
  if (optimiser.metadata.iteration !== metadata.iteration) {
    throw new PlumageError(
      "mismatch",
      `${folder}: checkpoint and optimiser are of different iterations`,
      "train from the start, without --resume",
    );
  }
  const architecture = parseJson(metadata.architecture ?? "", architectureSchema, checkpointPath(folder));
  const part = (prefix: string): ParameterValues =>
    new Map(
      [...optimiser.tensors].flatMap(([name, { data }]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), data] as const] : [],
      ),
    );
  return {
    architecture,
    settings: parseJson(metadata.settings ?? "", runSettingsSchema, checkpointPath(folder)),
    seconds: Number(metadata.seconds),
    state: {
      iteration: Number(metadata.iteration),
      parameters: new Map([...tensors].map(([name, { data }]) => [name, data])),
      means: part("mean:"),
      squares: part("square:"),
    },
  };
}
