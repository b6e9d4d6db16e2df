/** Where a run's first parameters come from. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Architecture, type ParameterValues, PlumageError } from "@plumage/models";
import { readSafetensors, repositoryRoot } from "@plumage/models/node";
import { completeParameters } from "../engine/state.ts";

/** The checked-in checkpoint of a data set, which a run starts from unless told otherwise. */
export const startingCheckpoint = (dataset: string): string =>
  join(repositoryRoot(), "models", "checkpoints", `${dataset}.safetensors`);

/**
 * --weights: "start", "none" or a path, to the path of a file that is there or "none".
 *
 * @throws PlumageError "bad-file" if there is no such file
 */
export function resolveWeights(weights: string, dataset: string): string {
  if (weights === "none") return weights;
  const path = weights === "start" ? startingCheckpoint(dataset) : weights;
  if (existsSync(path)) return path;
  if (weights === "start") return "none";
  throw new PlumageError("bad-file", `${path} is missing`, "--weights takes start, none or a .safetensors file");
}

/**
 * First parameters from a safetensors file, or random ones for "none".
 *
 * @returns the values, and the names that are random because the file does not have them in this shape
 * @throws PlumageError "mismatch" if nothing in the file fits
 */
export async function firstParameters(
  weights: string,
  architecture: Architecture,
  seed: number,
): Promise<{ parameters: ParameterValues; fresh: string[] }> {
  if (weights === "none") return completeParameters(architecture, new Map(), seed);
  const { tensors } = await readSafetensors(weights);
  const result = completeParameters(architecture, tensors, seed);
  if (result.fresh.length === result.parameters.size) {
    throw new PlumageError(
      "mismatch",
      `${weights} has no parameter of this network`,
      "it wants torchvision's names and shapes",
    );
  }
  return result;
}
