/** Chooses the network of a new run. */
import {
  type Architecture,
  type CgdOptions,
  type Descriptor,
  type EncoderShape,
  headOn,
  type NetworkArchitecture,
  PlumageError,
  resnet50Cgd,
} from "@plumage/models";
import { optionFlag } from "@plumage/models/cli";
import { type AugmentationName, augmentations, evaluationResize } from "../data/batches/augment.ts";
import type { TrainOptions } from "./trainOptions.ts";

export const defaultDimension = 1536;
export const defaultDescriptors = ["M", "G"] as const;
/**
 * Of a head: averages are the best features of groceries and generalized means of birds, and with
 * both a head was never worse than the frozen encoder (docs/benchmarks.md).
 */
const headDescriptors = ["S", "G"] as const;
const defaultSize = 64;
/** What the weights that people freeze were trained at. */
const frozenSize = 224;

/** What a head is trained on: a backbone with its own network, or an encoder. */
export type HeadBase =
  /** Undefined for a ResNet-50 of weights. */
  | { readonly kind: "network"; readonly architecture: Architecture | undefined }
  | { readonly kind: "encoder"; readonly shape: EncoderShape };

/**
 * @param classes of the training images
 * @param base of a head; undefined if the whole network is trained
 * @throws PlumageError "bad-input" for options that the encoder decides
 */
export function planArchitecture(
  options: Pick<TrainOptions, "size" | "descriptors" | "dimension" | "fineMap">,
  classes: number,
  recipe: {
    readonly augmentation: AugmentationName;
    readonly classVectors: CgdOptions["classVectors"];
  },
  base: HeadBase | undefined,
): NetworkArchitecture {
  const { classVectors } = recipe;
  if (base?.kind === "encoder" || base?.architecture) assertNotGiven(options);
  const trained = base?.kind === "network" ? base.architecture : undefined;
  const head = {
    // The head of a model that was trained here goes on from where it is.
    descriptors: options.descriptors ??
      trained?.descriptors ?? [...(base ? headDescriptors : defaultDescriptors)],
    dimension: options.dimension ?? trained?.dimension ?? defaultDimension,
    ...(classVectors ? { classVectors } : {}),
  };
  if (base?.kind === "encoder") {
    const { shape } = base;
    const isVector = shape.features.length === 1;
    if (isVector && options.descriptors) {
      throw new PlumageError(
        "bad-input",
        `--descriptors: ${shape.encoder.source} gives a vector, not a map to pool`,
        "leave it out",
      );
    }
    const descriptors = isVector ? ["S" as const] : head.descriptors;
    // A vector has no more to tell than its own length.
    const dimension =
      options.dimension ?? Math.min(defaultDimension, isVector ? shape.channels : defaultDimension);
    assertShares(dimension, descriptors);
    return headOn(shape, { ...head, descriptors, dimension, classes });
  }
  assertShares(head.dimension, head.descriptors);
  if (trained) {
    const { classVectors: _, ...network } = trained;
    return { ...network, ...head, classes };
  }
  const size = options.size ?? (base ? frozenSize : defaultSize);
  return resnet50Cgd(classes, size, {
    ...head,
    ...(options.fineMap ? { lastStride: 1 } : {}),
    ...(base ? {} : evaluationResize(size, augmentations[recipe.augmentation])),
  });
}

/** @throws PlumageError "bad-input" if descriptors cannot have equal shares of an embedding */
export function assertShares(dimension: number, descriptors: readonly Descriptor[]): void {
  if (dimension % descriptors.length === 0) return;
  throw new PlumageError(
    "bad-input",
    `--dimension ${dimension} is not a multiple of ${descriptors.length} descriptors`,
    "use a multiple of the number of descriptors",
  );
}

function assertNotGiven({ size, fineMap }: Pick<TrainOptions, "size" | "fineMap">): void {
  if (size === undefined && !fineMap) return;
  throw new PlumageError(
    "bad-input",
    `${fineMap ? "--fine-map" : "--size"} is decided by the frozen encoder`,
    "leave it out",
  );
}

/** Options about the backbone, which --backbone leaves as it is. */
const backboneOptions: readonly (keyof TrainOptions)[] = [
  "weights",
  "freeze",
  "warmupSteps",
  "batchNorm",
  "augmentation",
  "microBatch",
];

/**
 * @param given names of the options on the command line, with --backbone among them
 * @throws PlumageError "bad-input" for options that cannot apply to a head
 */
export function assertHeadOptions(given: ReadonlySet<string>): void {
  const wrong = backboneOptions.find((name) => given.has(name));
  if (!wrong) return;
  const message = `${optionFlag(wrong)} does not apply with --backbone, which trains a head alone`;
  throw new PlumageError("bad-input", message, "leave it out");
}
