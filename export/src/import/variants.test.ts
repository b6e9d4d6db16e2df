import type { ManifestFile } from "@plumage/models";
import { expect, test } from "vitest";
import { shortcoming } from "./variants.ts";

const row = (variant: ManifestFile["variant"], measures: Partial<ManifestFile>): ManifestFile => ({
  file: `embedder.${variant}.onnx`,
  variant,
  bytes: 1,
  sha256: "0".repeat(64),
  cosineMin: 1,
  ...measures,
});

test.each<[ManifestFile, RegExp | undefined]>([
  [row("fp32", { precisionAt1Delta: 0 }), undefined],
  [row("fp16", { cosineMin: 0.9995 }), undefined],
  [row("fp16", { cosineMin: 0.99 }), /fp16.* is not written: a cosine to fp32 is 0\.990000/],
  [row("fp16", { cosineMin: Number.NaN }), /is NaN, below 0\.999$/],
  [row("int8", { cosineMin: 0.98, precisionAt1Delta: -0.5 }), undefined],
  [row("int8", { precisionAt1Delta: -0.54 }), /int8.*: it loses 0\.54 .* P@1, more than 0\.5$/],
])("$variant is written if it keeps the limits", (measured, reason) => {
  if (reason) expect(shortcoming(measured)).toMatch(reason);
  else expect(shortcoming(measured)).toBeUndefined();
});
