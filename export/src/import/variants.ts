/** Makes the variants of an imported encoder, and says which are written. */
import {
  cosineLimits,
  keepsQuality,
  type ManifestFile,
  maxPrecisionLoss,
  type VariantName,
} from "@plumage/models";
import type { ModelProto } from "onnx-buf";
import { calibrationTensors } from "../embedder/calibration.ts";
import { batchCosine } from "./check.ts";
import { withHalfWeights } from "./halfWeights.ts";
import { int8Encoder } from "./int8.ts";
import { embedderFile, type ImportedModel } from "./write.ts";

export interface VariantFile {
  readonly variant: VariantName;
  readonly bytes: Uint8Array;
  /** Smallest cosine of the golden embeddings with the reference. */
  readonly cosineMin: number;
}

/**
 * The wrapped encoder; with weights in half precision, unless they already were; and in int8, if
 * there are training images to calibrate it on.
 *
 * @param print receives why there is no int8
 */
export async function encoderFiles(
  imported: Omit<ImportedModel, "text">,
  print: (line: string) => void,
  signal?: AbortSignal,
): Promise<VariantFile[]> {
  const { wrapped, encoder, head, goldens } = imported;
  const { model, cosineMin } = wrapped;
  const files: VariantFile[] = [];
  const add = async (variant: VariantName, of: ModelProto, cosine?: number): Promise<void> => {
    files.push({
      variant,
      bytes: await embedderFile(imported, of),
      cosineMin: cosine ?? (await batchCosine(of, encoder.input.size, head, goldens)),
    });
  };
  await add("fp32", model, cosineMin);
  const half = withHalfWeights(model);
  if (half) await add("fp16", half);
  const int8 = await calibrated(imported, signal);
  if (typeof int8 === "string") print(`no int8: ${int8}`);
  else if (int8) await add("int8", int8);
  return files;
}

/** Without a data set, nothing could tell whether int8 retrieves as well. */
async function calibrated(
  { wrapped, encoder, data, steps }: Omit<ImportedModel, "text">,
  signal: AbortSignal | undefined,
): Promise<ModelProto | string | undefined> {
  if (!data) return undefined;
  if (data.items.every(({ split }) => split !== "train"))
    return "the data set has no training images to calibrate it on";
  const images = () => calibrationTensors(data.items, steps, signal);
  return int8Encoder(wrapped.model, encoder.opset, images);
}

/** Why a variant is not written, or undefined if it is. */
export function shortcoming(row: ManifestFile): string | undefined {
  const { variant, file, cosineMin, precisionAt1Delta = 0 } = row;
  const { cosine } = cosineLimits.halfWeights;
  if (variant === "fp16" && !(cosineMin >= cosine))
    return `${file} is not written: a cosine to fp32 is ${cosineMin.toFixed(6)}, below ${cosine}`;
  if (variant === "fp32" || keepsQuality(row)) return undefined;
  return (
    `${file} is not written: it loses ${(-precisionAt1Delta).toFixed(2)} percentage points of ` +
    `P@1, more than ${maxPrecisionLoss}`
  );
}
