/** Where a run's first parameters come from. */
import { existsSync } from "node:fs";
import { extname } from "node:path";
import { readOnnxTensors } from "@plumage/export/recorder";
import { type Architecture, type ParameterValues, PlumageError } from "@plumage/models";
import { type NamedTensors, readSafetensors, startingCheckpoint } from "@plumage/models/node";
import { completeParameters } from "../engine/state.ts";
import { fetchWeights, imagenetWeights } from "./imagenet.ts";
import { readTorchFile } from "./torchFile.ts";

/**
 * The formats that weights are read from, by the file's ending; anything else is taken for
 * safetensors.
 */
const readers: Readonly<Record<string, (path: string) => Promise<NamedTensors>>> = {
  ".pth": readTorchFile,
  ".pt": readTorchFile,
  ".bin": readTorchFile,
  ".onnx": readOnnxTensors,
};

/**
 * --weights: "start", "none", "imagenet", "imagenet-v2" or a path, to the path of a file that is
 * there or "none".
 *
 * @throws PlumageError "bad-file" if there is no such file, "unavailable" if it cannot be
 * downloaded
 */
export async function resolveWeights(
  weights: string,
  dataset: string,
  signal: AbortSignal,
): Promise<string> {
  if (weights === "none") return weights;
  if (weights in imagenetWeights) return fetchWeights(weights, signal);
  const path = weights === "start" ? startingCheckpoint(dataset).checkpoint : weights;
  if (existsSync(path)) return path;
  if (weights === "start") return "none";
  throw new PlumageError(
    "bad-file",
    `${path} is missing`,
    `--weights takes start, none, ${Object.keys(imagenetWeights).join(", ")}, or a .safetensors, .pth or .onnx file`,
  );
}

/**
 * First parameters from a file, or random ones for "none".
 *
 * @returns the values, and the names that are random because the file does not have them in this
 * shape, each with the shape
 *   that it has there, if any
 * @throws PlumageError "mismatch" if nothing in the file fits
 */
export async function firstParameters(
  weights: string,
  architecture: Architecture,
  seed: number,
): Promise<FirstParameters> {
  if (weights === "none")
    return { ...completeParameters(architecture, new Map(), seed), otherShapes: new Map() };
  const tensors = await (readers[extname(weights).toLowerCase()] ?? safetensors)(weights);
  const result = completeParameters(architecture, tensors, seed);
  if (result.fresh.length === result.parameters.size) {
    throw new PlumageError(
      "mismatch",
      `${weights} has no parameter of this network`,
      "it wants torchvision's names and shapes",
    );
  }
  const otherShapes = result.fresh.flatMap((name) => {
    const shape = tensors.get(name)?.shape;
    return shape ? [[name, shape] as const] : [];
  });
  return { ...result, otherShapes: new Map(otherShapes) };
}

export interface FirstParameters {
  readonly parameters: ParameterValues;
  readonly fresh: string[];
  /** Shapes in the file of those that are there, but not as this network has them. */
  readonly otherShapes: ReadonlyMap<string, readonly number[]>;
}

const safetensors = async (path: string): Promise<NamedTensors> =>
  (await readSafetensors(path)).tensors;

/**
 * What was not taken of the backbone, a line each: the head and the classifier are this network's
 * own.
 */
export const notTaken = ({ fresh, otherShapes }: FirstParameters): string[] =>
  fresh
    .filter((name) => !/^(descriptors|classifier)\./.test(name))
    .map((name) => {
      const shape = otherShapes.get(name);
      return shape ? `${name} has the shape [${shape.join(", ")}] there` : `${name} is not there`;
    });
