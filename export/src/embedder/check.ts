/** Step 2: checks the recorded graph against the trained network. */
import { type Architecture, cosineLimits, modelFiles, PlumageError } from "@plumage/models";
import { type OnnxModel, writeOnnx } from "../recorder/index.ts";
import type { GoldenVectors } from "./goldens.ts";
import { openSession, smallestCosine } from "./session.ts";

/**
 * Embeds the golden images with the graph and compares the embeddings with the trained network's.
 *
 * @returns the smallest cosine
 * @throws PlumageError "mismatch" if it is below cosineLimits.export
 */
export async function checkEmbedder(
  graph: OnnxModel,
  { images, count, embeddings }: GoldenVectors,
  { imageSize, dimension }: Architecture,
): Promise<number> {
  const session = await openSession(writeOnnx(graph), imageSize);
  const cosine = smallestCosine(embeddings, await session.embed(images, count), dimension);
  await session.close();
  // Written so that NaN fails.
  if (!(cosine >= cosineLimits.export.cosine)) {
    throw new PlumageError(
      "mismatch",
      `${modelFiles.fp32} disagrees with the trained network: cosine ${cosine.toFixed(6)}, ` +
        `expected at least ${cosineLimits.export.cosine}`,
    );
  }
  return cosine;
}
