/** What export writes, as a table: each variant is made from the fp32 graph. */
import { modelFiles, type VariantName } from "@plumage/models";
import type * as ort from "onnxruntime-node";
import { toHalf } from "../recorder/onnx/half.ts";
import { observeRanges } from "../recorder/onnx/quantize/calibrate.ts";
import { planQuantization } from "../recorder/onnx/quantize/plan.ts";
import { quantize } from "../recorder/onnx/quantize/quantize.ts";
import type { OnnxModel } from "../recorder/onnx/read.ts";

export interface Variant {
  readonly file: string;
  /** @param calibration training images, as the graph's input */
  make(
    fp32: OnnxModel,
    calibration: () => AsyncIterable<ort.Tensor>,
  ): OnnxModel | Promise<OnnxModel>;
}

export const variants: Readonly<Record<VariantName, Variant>> = {
  fp32: { file: modelFiles.fp32, make: (fp32) => fp32 },
  fp16: { file: modelFiles.fp16, make: toHalf },
  int8: {
    file: modelFiles.int8,
    make: async (fp32, calibration) =>
      quantize(fp32, await observeRanges(fp32, planQuantization(fp32).values, calibration())),
  },
};
