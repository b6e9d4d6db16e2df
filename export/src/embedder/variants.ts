/** Step 3: makes the variants of the fp32 graph. */
import {
  type Item,
  modelFiles,
  type ResizeStep,
  type VariantName,
  variantNames,
} from "@plumage/models";
import type * as ort from "@plumage/models/onnxruntime";
import { type OnnxModel, toFp16, toInt8 } from "../recorder/index.ts";
import { calibrationTensors } from "./calibration.ts";

export interface Variant {
  readonly file: string;
  /** Held-out images to measure it on, at most. */
  readonly sample: number;
  /** @param calibration yields training images as the graph's input */
  make(
    fp32: OnnxModel,
    calibration: () => AsyncIterable<ort.Tensor>,
  ): OnnxModel | Promise<OnnxModel>;
}

export const variants: Readonly<Record<VariantName, Variant>> = {
  fp32: { file: modelFiles.fp32, sample: Infinity, make: (fp32) => fp32 },
  // On CPUs as slow as fp32, and so close to it that a sample shows any defect.
  fp16: { file: modelFiles.fp16, sample: 256, make: toFp16 },
  int8: {
    file: modelFiles.int8,
    sample: Infinity,
    make: (fp32, calibration) => toInt8(fp32, calibration()),
  },
};

export interface MadeVariant {
  readonly variant: VariantName;
  readonly file: string;
  readonly graph: OnnxModel;
}

/**
 * @param names variants to make; fp32 is always made, and comes first
 * @param items whose training images calibrate int8
 * @param steps resize steps of the images
 */
export async function makeVariants(
  fp32: OnnxModel,
  names: readonly VariantName[],
  items: readonly Item[],
  steps: readonly ResizeStep[],
  signal?: AbortSignal,
): Promise<MadeVariant[]> {
  const made: MadeVariant[] = [];
  for (const variant of variantNames) {
    if (variant !== "fp32" && !names.includes(variant)) continue;
    const { file, make } = variants[variant];
    const graph = await make(fp32, () => calibrationTensors(items, steps, signal));
    made.push({ variant, file, graph });
  }
  return made;
}
