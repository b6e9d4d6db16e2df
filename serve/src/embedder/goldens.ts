/** The checks at startup: the model file is intact, and this machine computes what export did. */
import { basename, join } from "node:path";
import {
  cosineLimits,
  goldenCosines,
  type Manifest,
  type ManifestFile,
  PlumageError,
  variantFile,
  writeAgainHint,
} from "@plumage/models";
import { sha256File } from "@plumage/models/node";

/**
 * The fp32 model's entry in the manifest, once the file's digest has been verified.
 *
 * @throws PlumageError "mismatch" for another file than the manifest's
 */
export async function checkedFile(folder: string, manifest: Manifest): Promise<ManifestFile> {
  const entry = variantFile(manifest);
  if ((await sha256File(join(folder, entry.file))) !== entry.sha256) {
    throw new PlumageError(
      "mismatch",
      `${entry.file} does not match its digest in model.json`,
      writeAgainHint(manifest, basename(folder)),
    );
  }
  return entry;
}

/**
 * Embeds the manifest's golden inputs and compares the results with its golden embeddings.
 *
 * @throws PlumageError "mismatch" if one differs by more than rounding
 */
export async function checkGoldens(
  { goldens }: Manifest,
  embed: (pixels: Uint8Array) => Promise<{ embedding: Float32Array }>,
): Promise<void> {
  const { cosine: limit } = cosineLimits.serve;
  const cosines = await goldenCosines(goldens, async (pixels) => (await embed(pixels)).embedding);
  // Negated, so that NaN fails.
  const failed = cosines.findIndex((cosine) => !(cosine >= limit));
  if (failed < 0) return;
  const which = `golden ${failed + 1} of ${goldens.length}`;
  throw new PlumageError(
    "mismatch",
    "onnxruntime does not reproduce the model's golden embeddings " +
      `(${which}: cosine ${cosines[failed]!.toFixed(6)}, at least ${limit} expected)`,
    "export the model again, or report this machine",
  );
}
