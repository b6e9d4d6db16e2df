/** The initial weights of a run: random, or read from a file. */
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { readOnnxTensors } from "@plumage/export/recorder";
import {
  type Architecture,
  type ParameterValues,
  PlumageError,
  parameterTable,
} from "@plumage/models";
import { typedPath } from "@plumage/models/cli";
import { type NamedTensors, readSafetensors, startingCheckpoint } from "@plumage/models/node";
import { z } from "zod";
import { completeParameters } from "../engine/state.ts";
import { fetchWeights, imagenetWeights } from "./imagenet.ts";
import { withoutPrefix } from "./prefix.ts";
import { legacyMagic, readTorchFile } from "./torchFile.ts";

/** Reads a file by its content: checkpoints have many endings (.pth.tar, .ckpt, .bin, none). */
async function readTensors(path: string): Promise<NamedTensors> {
  const start = await firstBytes(path, 16);
  const isZip = start.toString("latin1", 0, 4) === "PK\x03\x04";
  if (isZip || start.subarray(0, legacyMagic.length).equals(legacyMagic))
    return readTorchFile(path);
  // A protobuf starts with the field ir_version; safetensors with a length and its JSON header.
  const isOnnx = start[0] === 0x08 && start[8] !== 0x7b;
  return isOnnx ? readOnnxTensors(path) : (await readSafetensors(path)).tensors;
}

async function firstBytes(path: string, length: number): Promise<Buffer> {
  const file = await open(path).catch((cause) => {
    throw new PlumageError("bad-file", `${path} cannot be opened`, undefined, { cause });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw new PlumageError("bad-file", `${path} cannot be read`, undefined, { cause });
  } finally {
    await file.close();
  }
}

/** Words that --weights takes instead of a path. */
const weightNames = ["start", "none", ...Object.keys(imagenetWeights)];

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
  if (existsSync(path)) return path;
  if (weights === "start") return "none";
  throw new PlumageError(
    "bad-file",
    `${path} is missing`,
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
  architecture: Architecture,
  seed: number,
): Promise<InitialWeights> {
  if (weights === "none")
    return { ...completeParameters(architecture, new Map(), seed), otherShapes: new Map() };
  const shapes = new Map(parameterTable(architecture).map(({ name, shape }) => [name, shape]));
  const tensors = withoutPrefix(await readTensors(weights), shapes);
  const result = completeParameters(architecture, tensors, seed);
  if (result.fresh.length === result.parameters.size) {
    throw new PlumageError(
      "mismatch",
      `${weights} has no parameter of this network`,
      "use a file with torchvision's parameter names and shapes",
    );
  }
  const otherShapes = result.fresh.flatMap((name) => {
    const shape = tensors.get(name)?.shape;
    return shape ? [[name, shape] as const] : [];
  });
  return { ...result, otherShapes: new Map(otherShapes) };
}

/**
 * Describes the backbone tensors that a file lacks, one line each. The head and the classifier are
 * specific to this network and not listed.
 */
export const missingTensors = ({ fresh, otherShapes }: InitialWeights): string[] =>
  fresh
    .filter((name) => !/^(descriptors|classifier)\./.test(name))
    .map((name) => {
      const shape = otherShapes.get(name);
      return shape ? `${name} has shape [${shape.join(", ")}] in the file` : `${name} is missing`;
    });
