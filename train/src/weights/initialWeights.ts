/** The initial weights of a run: random, or read from a file. */
import { statSync } from "node:fs";
import { openOnnxTensors } from "@plumage/export/recorder";
import {
  type NetworkArchitecture,
  type ParameterValues,
  PlumageError,
  parameterTable,
} from "@plumage/models";
import { typedPath } from "@plumage/models/cli";
import {
  type NamedTensor,
  openSafetensors,
  type StoredTensors,
  startingCheckpoint,
} from "@plumage/models/node";
import { z } from "zod";
import { completeParameters } from "../engine/state.ts";
import { weightsFormat } from "./fileFormat.ts";
import { fetchWeights, imagenetWeights } from "./imagenet.ts";
import { withoutPrefix } from "./prefix.ts";
import { useTorchFile } from "./torchFile.ts";

/** Opens a file, and passes its tensors, which `use` reads. */
async function useTensors<T>(
  path: string,
  use: (tensors: StoredTensors) => Promise<T>,
): Promise<T> {
  const format = await weightsFormat(path);
  if (format === "zip" || format === "legacy") return useTorchFile(path, format, use);
  return use(
    format === "onnx" ? await openOnnxTensors(path) : (await openSafetensors(path)).tensors,
  );
}

/** Words that --weights takes instead of a path. */
export const weightNames = ["start", "none", ...Object.keys(imagenetWeights)];

/** Schema of --weights; a path becomes absolute. */
export const weightsSchema = z
  .string()
  .min(1)
  .transform((given) => (weightNames.includes(given) ? given : typedPath(given)));

/**
 * Resolves a value of --weights.
 *
 * @param weights "start", "none", "imagenet", "imagenet-v2" or a path
 * @returns the path of an existing file, or "none"
 * @throws PlumageError "bad-file" for a missing file, "unavailable" if it cannot be downloaded
 */
export async function resolveWeights(
  weights: string,
  dataset: string,
  signal: AbortSignal,
): Promise<string> {
  if (weights === "none") return weights;
  if (weights in imagenetWeights) return fetchWeights(weights, signal);
  const path = weights === "start" ? startingCheckpoint(dataset).checkpoint : weights;
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isFile()) return path;
  if (weights === "start") return "none";
  throw new PlumageError(
    "bad-file",
    `${path} is ${status ? "not a file" : "missing"}`,
    `--weights takes ${weightNames.join(", ")}, or a .safetensors, .pth or .onnx file`,
  );
}

export interface InitialWeights {
  readonly parameters: ParameterValues;
  /** Names of the parameters that are initialized randomly, from the seed. */
  readonly fresh: readonly string[];
  /** Shapes of tensors that the file has under these names, but in another shape. */
  readonly otherShapes: ReadonlyMap<string, readonly number[]>;
}

/**
 * Reads the parameters that a file has in this network's names and shapes, and initializes the rest
 * randomly.
 *
 * @param weights path of the file, or "none" for random values
 * @throws PlumageError "mismatch" if no tensor of the file fits
 */
export async function initialWeights(
  weights: string,
  architecture: NetworkArchitecture,
  seed: number,
): Promise<InitialWeights> {
  if (weights === "none")
    return { ...completeParameters(architecture, new Map(), seed), otherShapes: new Map() };
  const shapes = new Map(parameterTable(architecture).map(({ name, shape }) => [name, shape]));
  const otherShapes = new Map<string, readonly number[]>();
  const given = await useTensors(weights, async (tensors) => {
    const fitting = new Map<string, NamedTensor>();
    for (const [name, { shape, read }] of withoutPrefix(tensors, shapes)) {
      if (shape.join() === shapes.get(name)!.join())
        fitting.set(name, { shape, data: await read() });
      else otherShapes.set(name, shape);
    }
    return fitting;
  });
  if (given.size === 0) {
    throw new PlumageError(
      "mismatch",
      `${weights} has no parameter of this network`,
      "use a file with torchvision's parameter names and shapes",
    );
  }
  return { ...completeParameters(architecture, given, seed), otherShapes };
}

/**
 * Describes the backbone tensors that a file lacks, one line each. The head, the classifier and
 * the class vectors of losses are specific to this network and not listed.
 */
export const missingTensors = ({ fresh, otherShapes }: InitialWeights): string[] =>
  fresh
    .filter((name) => !/^(descriptors|classifier|classVectors)\./.test(name))
    .map((name) => {
      const shape = otherShapes.get(name);
      return shape ? `${name} has shape [${shape.join(", ")}] in the file` : `${name} is missing`;
    });
