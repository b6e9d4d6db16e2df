/**
 * Checkpoints: parameters under torchvision's names in a safetensors file, whose metadata describes
 * the network and the run.
 */
import { existsSync } from "node:fs";
import { z } from "zod";
import { PlumageError } from "../../errors.ts";
import { type NetworkArchitecture, networkSchema } from "../../network/encoderHead.ts";
import {
  type ParameterSpec,
  type ParameterValues,
  parameterTable,
} from "../../network/parameters.ts";
import { type DatasetInfo, datasetInfoSchema } from "../item.ts";
import { parseJson } from "../json.ts";
import {
  type NamedTensor,
  type NamedTensors,
  readSafetensors,
  writeSafetensors,
} from "./safetensors.ts";

const format = "plumage-checkpoint/1";
/** Names in an error message. */
const listed = 5;

/** A checkpoint as it is stored: parameters and metadata. */
export interface StoredCheckpoint {
  readonly architecture: NetworkArchitecture;
  readonly parameters: ParameterValues;
  readonly dataset: DatasetInfo;
  /** Iterations of training so far. */
  readonly iteration: number;
  /** Seconds of training so far. */
  readonly seconds: number;
  /** The settings of the run, as train defines them. */
  readonly settings: unknown;
}

/** safetensors metadata holds texts only. */
const metadataSchema = z.object({
  format: z.literal(format),
  architecture: z.string(),
  dataset: z.string(),
  settings: z.string(),
  iteration: z.coerce.number().int().nonnegative(),
  seconds: z.coerce.number().nonnegative(),
});

/** Writes a checkpoint whole. */
export function writeCheckpointFile(path: string, checkpoint: StoredCheckpoint): Promise<void> {
  const { architecture, parameters, dataset, iteration, seconds, settings } = checkpoint;
  return writeSafetensors(path, nameTensors(architecture, parameters), {
    format,
    architecture: JSON.stringify(architecture),
    dataset: JSON.stringify(datasetInfoSchema.parse(dataset)),
    settings: JSON.stringify(settings),
    iteration: String(iteration),
    seconds: seconds.toFixed(1),
  });
}

/**
 * Reads a checkpoint and checks it against its own architecture.
 *
 * @param hint what to do about a checkpoint that is missing or unusable
 * @throws PlumageError "bad-file" if it is missing or damaged, "mismatch" if tensors are missing or
 * have another shape
 */
export async function readCheckpointFile(path: string, hint: string): Promise<StoredCheckpoint> {
  if (!existsSync(path)) throw new PlumageError("bad-file", `${path} is missing`, hint);
  const { tensors, metadata } = await readSafetensors(path);
  const parsed = metadataSchema.safeParse(metadata);
  if (!parsed.success) {
    const field = parsed.error.issues[0]!.path.join(".");
    const message = `${path} is not a checkpoint: its metadata has no valid ${field}`;
    throw new PlumageError("bad-file", message, hint);
  }
  const { iteration, seconds, ...texts } = parsed.data;
  const architecture = parseJson(texts.architecture, networkSchema, path, hint);
  return {
    architecture,
    parameters: takeParameters(path, tensors, parameterTable(architecture), hint),
    dataset: parseJson(texts.dataset, datasetInfoSchema, path, hint),
    iteration,
    seconds,
    settings: parseJson(texts.settings, z.unknown(), path, hint),
  };
}

/** Values with the shapes that the architecture gives them. */
export function nameTensors(
  architecture: NetworkArchitecture,
  values: ParameterValues,
): Map<string, NamedTensor> {
  const shapes = new Map(parameterTable(architecture).map(({ name, shape }) => [name, shape]));
  return new Map([...values].map(([name, data]) => [name, { shape: shapes.get(name)!, data }]));
}

/**
 * The values of parameters whose tensors must all be in a file.
 *
 * @param prefix of the tensors' names
 * @throws PlumageError "mismatch" that lists what is missing or has another shape
 */
export function takeParameters(
  path: string,
  tensors: NamedTensors,
  specs: readonly ParameterSpec[],
  hint: string,
  prefix = "",
): ParameterValues {
  const found = specs.map((spec) => ({ ...spec, tensor: tensors.get(`${prefix}${spec.name}`) }));
  const wrong = found.filter(({ shape, tensor }) => tensor?.shape.join() !== shape.join());
  if (wrong.length > 0) {
    const names = wrong.slice(0, listed).map(({ name }) => `${prefix}${name}`);
    if (wrong.length > listed) names.push(`and ${wrong.length - listed} more`);
    const message = `${path}: missing or misshaped: ${names.join(", ")}`;
    throw new PlumageError("mismatch", message, hint);
  }
  return new Map(found.map(({ name, tensor }) => [name, tensor!.data]));
}
