/** Finds what --backbone names: a model of the store, or weights of a ResNet-50. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { recordEncoder } from "@plumage/export";
import { encoderFeatures } from "@plumage/export/import";
import {
  type Architecture,
  descriptorSchema,
  type EncoderHead,
  type Manifest,
  type ParameterValues,
  PlumageError,
  resizeSteps,
  variantFile,
} from "@plumage/models";
import {
  readHeadEncoder,
  readManifest,
  sha256,
  storeFolder,
  storeNameSchema,
  storePaths,
} from "@plumage/models/node";
import { readNetwork } from "../run/checkpoint.ts";
import type { HeadBase } from "../run/planArchitecture.ts";
import { resolveWeights, weightNames, weightsSchema } from "../weights/initialWeights.ts";
import type { FrozenEncoder } from "./frozenEncoder.ts";

/** What a head is trained on. */
export type Backbone =
  /** A ResNet whose head is replaced; of a file of weights the architecture is the run's. */
  | {
      readonly kind: "network";
      readonly weights: string;
      readonly architecture: Architecture | undefined;
    }
  /** An encoder that another project trained. */
  | { readonly kind: "encoder"; readonly encoder: FrozenEncoder };

/** The weights that a run on a backbone starts from, as in its settings. */
export const weightsOf = (backbone: Backbone): string =>
  backbone.kind === "network" ? backbone.weights : "none";

/** What a run on a backbone is planned from. */
export const headBase = (backbone: Backbone): HeadBase =>
  backbone.kind === "network" ? backbone : { kind: "encoder", shape: backbone.encoder.shape };

/**
 * @param given a model's name, or a value of --weights
 * @throws PlumageError "bad-input" if there is neither a model nor a file of that name, "bad-file"
 * for a model that cannot be read
 */
export async function resolveBackbone(
  given: string,
  dataset: string,
  signal: AbortSignal,
): Promise<Backbone> {
  const isName = storeNameSchema.safeParse(given).success && !weightNames.includes(given);
  if (isName && existsSync(storeFolder(given))) return storedBackbone(given);
  const weights = weightsSchema.parse(given);
  if (weights !== "none" && (weightNames.includes(weights) || existsSync(weights))) {
    const path = await resolveWeights(weights, dataset, signal);
    if (path !== "none") return { kind: "network", weights: path, architecture: undefined };
  }
  throw new PlumageError(
    "bad-input",
    `--backbone ${given}: there is no such model in models/store, and no such file of weights`,
    "import an encoder with npm run import, or use imagenet, imagenet-v2 or a file of weights",
  );
}

async function storedBackbone(name: string): Promise<Backbone> {
  const folder = storeFolder(name);
  const paths = storePaths(folder);
  if (existsSync(paths.checkpoint)) {
    const { architecture } = await readNetwork(paths.checkpoint);
    return architecture.name === "resnet-cgd"
      ? { kind: "network", weights: paths.checkpoint, architecture }
      : { kind: "encoder", encoder: await readEncoder(folder, architecture) };
  }
  const manifest = await readManifest(folder);
  const bytes = await readFile(join(folder, variantFile(manifest).file));
  return { kind: "encoder", encoder: importedEncoder(name, manifest, bytes) };
}

function importedEncoder(
  name: string,
  { architecture, preprocessing }: Manifest,
  embedder: Uint8Array,
): FrozenEncoder {
  if (architecture.name !== "imported") {
    const message = `models/store/${name} has an exported model, but no checkpoint`;
    throw new PlumageError("bad-input", message, "use a model that was trained here, or imported");
  }
  const { bytes, features, channels } = encoderFeatures(embedder, architecture, descriptors);
  const { license } = architecture;
  const encoder = { source: name, sha256: sha256(bytes), ...(license ? { license } : {}) };
  const { imageSize, resize } = preprocessing;
  return { bytes, shape: { encoder, features, channels, imageSize, resize } };
}

/** All descriptors of a map, so that the cache serves heads of any. */
const descriptors = descriptorSchema.options;

/** The backbone of a ResNet as an encoder. */
export function backboneEncoder(
  architecture: Architecture,
  parameters: ParameterValues,
  source: string,
): FrozenEncoder {
  const features = [...descriptors];
  const { bytes, outputs } = recordEncoder(architecture, parameters, features);
  const channels = Number(outputs[0]!.shape[1]) / features.length;
  const encoder = { source, sha256: sha256(bytes) };
  const { imageSize } = architecture;
  const resize = [...resizeSteps(architecture)];
  return { bytes, shape: { encoder, features, channels, imageSize, resize } };
}

/**
 * Reads the encoder beside the checkpoint of a head.
 *
 * @throws PlumageError as readHeadEncoder does
 */
export const readEncoder = async (folder: string, head: EncoderHead): Promise<FrozenEncoder> => ({
  bytes: await readHeadEncoder(folder, head),
  shape: head,
});
