/** Makes the variants of an imported encoder, and says which are written. */
import {
  cosineLimits,
  type Item,
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
import { withInt8Weights } from "./int8Weights.ts";
import { embedderFile, type ImportedModel } from "./write.ts";

export interface VariantFile {
  readonly variant: VariantName;
  readonly bytes: Uint8Array;
  /** Smallest cosine of the golden embeddings with the reference. */
  readonly cosineMin: number;
  /** In words, where a variant has several forms; the first that keeps the limits is written. */
  readonly form?: string;
  /** Held-out images to measure it on, at most. */
  readonly sample?: number;
}

/** Images to measure a form on that another may replace: a standard error of 0.3 points of P@1. */
const sample = 1000;

/**
 * The wrapped encoder; with weights in half precision, unless they already were; and with a data
 * set, which tells whether it retrieves as well, in int8: computing in 8 bits, if there are
 * training images to calibrate it on, and with weights of 8 bits alone.
 *
 * @param print receives why a form is missing
 */
export async function encoderFiles(
  imported: Omit<ImportedModel, "text">,
  print: (line: string) => void,
  signal?: AbortSignal,
): Promise<VariantFile[]> {
  const { wrapped, encoder, head, goldens } = imported;
  const { model, cosineMin } = wrapped;
  const file = async (variant: VariantName, of: ModelProto): Promise<VariantFile> => ({
    variant,
    bytes: await embedderFile(imported, of),
    cosineMin: await batchCosine(of, encoder.input.size, head, goldens),
  });
  const files = [{ ...(await file("fp32", model)), cosineMin }];
  const half = withHalfWeights(model);
  if (half) files.push(await file("fp16", half));
  if (!imported.data) return files;
  const int8 = await calibrated(imported, imported.data.items, signal);
  if (typeof int8 === "string") print(`no computation in 8 bits: ${int8}`);
  else files.push({ ...(await file("int8", int8)), form: "computation in 8 bits" });
  const weights = withInt8Weights(model);
  if (weights) files.push({ ...(await file("int8", weights)), form: "weights of 8 bits", sample });
  return files;
}

async function calibrated(
  { wrapped, encoder, steps }: Omit<ImportedModel, "text">,
  items: readonly Item[],
  signal: AbortSignal | undefined,
): Promise<ModelProto | string> {
  if (items.every(({ split }) => split !== "train"))
    return "the data set has no training images to calibrate it on";
  const images = () => calibrationTensors(items, steps, signal);
  return int8Encoder(wrapped.model, encoder.opset, images);
}

/** A measured file. */
export interface MeasuredFile extends Pick<VariantFile, "bytes" | "form"> {
  readonly row: ManifestFile;
}

/**
 * The files to write: of each variant, the first form that keeps the limits.
 *
 * @param print receives why others are not written
 */
export function chosenFiles(
  files: readonly MeasuredFile[],
  print: (line: string) => void,
): MeasuredFile[] {
  const chosen = new Map<VariantName, MeasuredFile>();
  for (const measured of files) {
    const { row, form } = measured;
    if (chosen.has(row.variant)) continue;
    const reason = shortcoming(row);
    if (reason === undefined) {
      chosen.set(row.variant, measured);
      if (form) print(`${row.file}: ${form}`);
    } else print(`${row.file} ${form ? `with ${form} ` : ""}is not written: ${reason}`);
  }
  return [...chosen.values()];
}

function shortcoming(row: ManifestFile): string | undefined {
  const { variant, cosineMin, precisionAt1Delta = 0 } = row;
  const { cosine } = cosineLimits.halfWeights;
  if (variant === "fp16" && !(cosineMin >= cosine))
    return `a cosine to fp32 is ${cosineMin.toFixed(6)}, below ${cosine}`;
  if (variant === "fp32" || keepsQuality(row)) return undefined;
  const points = (-precisionAt1Delta).toFixed(2);
  return `it loses ${points} percentage points of P@1, more than ${maxPrecisionLoss}`;
}
