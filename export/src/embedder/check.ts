/** Step 2: checks the recorded graph against the trained network. */
import { cosineLimits, modelFiles, PlumageError } from "@plumage/models";
import type { GoldenVectors } from "./goldens.ts";
import type { EmbedderShape } from "./heldOut.ts";
import { openSession, smallestCosine } from "./session.ts";

/**
 * Embeds the golden images with the graph and compares the embeddings with the trained network's.
 *
 * @returns the smallest cosine
 * @throws PlumageError "mismatch" if it is below cosineLimits.export
 */
export async function checkEmbedder(
  fp32: Uint8Array,
  { images, count, embeddings }: GoldenVectors,
  { imageSize, dimension }: Pick<EmbedderShape, "imageSize" | "dimension">,
): Promise<number> {
  const session = await openSession(fp32, imageSize);
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
