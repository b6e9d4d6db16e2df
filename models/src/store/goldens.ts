/**
 * Goldens: golden test vectors in model.json. Each holds an input, the embedding that the trained
 * network computes for it and the image file that the input was made from.
 */

import type { Box } from "../image/image.ts";
import { cosine } from "../retrieval/vectors.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import type { Manifest } from "./manifest.ts";

/** A golden test vector: input pixels and the embedding that the trained network gives. */
export type Golden = Manifest["goldens"][number];

/** The file of a golden's image, and the box that it is cropped to. */
export interface GoldenImage {
  readonly file: Uint8Array<ArrayBuffer>;
  readonly box: Box | undefined;
}

/** RGB bytes [imageSize, imageSize, 3]. */
export const goldenPixels = ({ pixels }: Golden): Uint8Array<ArrayBuffer> => decodeBase64(pixels);

/** [dimension] */
export const goldenEmbedding = ({
  embedding,
}: Pick<Golden, "embedding">): Float32Array<ArrayBuffer> =>
  new Float32Array(decodeBase64(embedding).buffer);

/** undefined if an older export wrote the golden. */
export const goldenImage = ({ picture }: Golden): GoldenImage | undefined =>
  picture && { file: decodeBase64(picture.file), box: picture.box };

/** A golden as model.json stores it. */
export function encodeGolden(
  pixels: Uint8Array,
  embedding: Float32Array,
  image?: { readonly file: Uint8Array; readonly box: Box | undefined },
): Golden {
  const { buffer, byteOffset, byteLength } = embedding;
  return {
    pixels: encodeBase64(pixels),
    embedding: encodeBase64(new Uint8Array(buffer, byteOffset, byteLength)),
    ...(image
      ? { picture: { file: encodeBase64(image.file), ...(image.box ? { box: image.box } : {}) } }
      : {}),
  };
}

/**
 * The cosine of each golden embedding with the one that a runtime computes; NaN for an embedding of
 * another length. Compare them with `cosineLimit`.
 */
export async function goldenCosines(
  goldens: readonly Golden[],
  embed: (pixels: Uint8Array<ArrayBuffer>) => Promise<Float32Array>,
): Promise<number[]> {
  const cosines: number[] = [];
  for (const golden of goldens)
    cosines.push(cosine(await embed(goldenPixels(golden)), goldenEmbedding(golden)));
  return cosines;
}
