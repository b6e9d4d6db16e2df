/**
 * The start-up check: the model file is the one of the manifest, and this machine computes what the
 * exporter's did.
 */
import { join } from "node:path";
import { type Manifest, type ManifestFile, PlumageError } from "@plumage/models";
import { sha256File } from "@plumage/models/node";

/** Smallest cosine to a golden embedding; fp32 on another processor differs in the sixth digit. */
const cosineLimit = 0.9999;

/**
 * The manifest's row for the file that serves: the index holds its embeddings, and is known by its
 * digest.
 */
export function fp32Of(manifest: Manifest): ManifestFile {
  const row = manifest.files.find((file) => file.variant === "fp32");
  if (!row)
    throw new PlumageError("bad-file", "model.json lists no fp32 model", "run: npm run export");
  return row;
}

/** The same, after the file's digest has been compared. */
export async function checkedFile(folder: string, manifest: Manifest): Promise<ManifestFile> {
  const row = fp32Of(manifest);
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
  for (const [i, golden] of goldens.entries()) {
    const bytes = Uint8Array.from(Buffer.from(golden.embedding, "base64"));
    const expected = new Float32Array(bytes.buffer);
    const { embedding } = await embed(new Uint8Array(Buffer.from(golden.pixels, "base64")));
    const cosine = embedding.reduce((sum, value, at) => sum + value * expected[at]!, 0);
    if (!(cosine >= cosineLimit)) {
      const figure = `golden ${i + 1} of ${goldens.length}: cosine ${cosine.toFixed(6)} instead of ${cosineLimit}`;
      throw new PlumageError(
        "mismatch",
        `onnxruntime does not reproduce the model's golden embeddings (${figure})`,
        "export the model again, or report this machine",
      );
    }
  }
}
