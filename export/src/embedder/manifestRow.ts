/** The row of a variant in model.json. */
import { type ManifestFile, modelFiles, type VariantName } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import type { HeldOutQuality } from "./heldOut.ts";

export interface VariantMeasures {
  readonly variant: VariantName;
  readonly imagesPerSecond: number;
  /** Undefined if it was not measured on held-out images. */
  readonly heldOut: HeldOutQuality | undefined;
}

/**
 * @param cosineMin of fp32 with the trained or imported graph; of others with fp32, where they were
 * not measured on held-out images
 * @param fp32 what the variant is compared with
 */
export function manifestRow(
  { variant, imagesPerSecond, heldOut }: VariantMeasures,
  bytes: Uint8Array,
  cosineMin: number,
  fp32: VariantMeasures,
): ManifestFile {
  const row = {
    file: modelFiles[variant],
    variant,
    bytes: bytes.length,
    sha256: sha256(bytes),
    cosineMin,
    imagesPerSecond,
  };
  if (!heldOut || !fp32.heldOut) return row;
  return {
    ...row,
    ...heldOut,
    precisionAt1Delta: 100 * (heldOut.precisionAt1 - fp32.heldOut.precisionAt1),
    recallAt4Delta: 100 * (heldOut.recallAt4 - fp32.heldOut.recallAt4),
    ...(variant === "fp32" ? { cosineMin } : {}),
  };
}
