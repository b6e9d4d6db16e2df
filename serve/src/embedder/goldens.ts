/**
 * The start-up check: the model file is the one of the manifest, and this machine computes what the
 * exporter's did.
 */
import { join } from "node:path";
import {
  cosineLimits,
  goldenCosines,
  type Manifest,
  type ManifestFile,
  PlumageError,
  variantFile,
} from "@plumage/models";
import { sha256File } from "@plumage/models/node";

/** The same, after the file's digest has been compared. */
export async function checkedFile(folder: string, manifest: Manifest): Promise<ManifestFile> {
  const row = variantFile(manifest);
  if ((await sha256File(join(folder, row.file))) !== row.sha256) {
    throw new PlumageError(
      "mismatch",
      `${row.file} is not the file that model.json describes`,
      "run: npm run export",
    );
  }
  return row;
}

/**
 * Embeds the manifest's golden inputs and compares.
 *
 * @throws PlumageError "mismatch" if the runtime computes something else
 */
export async function checkGoldens(
  { goldens }: Manifest,
  embed: (pixels: Uint8Array) => Promise<{ embedding: Float32Array }>,
): Promise<void> {
  const { cosine: limit } = cosineLimits.serve;
  const cosines = await goldenCosines(goldens, async (pixels) => (await embed(pixels)).embedding);
  // Written so that NaN fails.
  const wrong = cosines.findIndex((cosine) => !(cosine >= limit));
  if (wrong < 0) return;
  const figure = `golden ${wrong + 1} of ${goldens.length}: cosine ${cosines[wrong]!.toFixed(6)} instead of ${limit}`;
  throw new PlumageError(
    "mismatch",
    `onnxruntime does not reproduce the model's golden embeddings (${figure})`,
    "export the model again, or report this machine",
  );
}
