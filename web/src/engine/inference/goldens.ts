/** Holds a session against the known inputs and embeddings of model.json, before it is trusted. */
import { cosine, type Manifest } from "@plumage/models";

/** 8-bit images [1, S, S, 3] to unit-length embeddings. */
export type Embed = (pixels: Uint8Array<ArrayBuffer>) => Promise<Float32Array>;

/** fp32's limit (cosineLimit): graphics processors round in their own ways. */
export const exactCosine = 0.999;

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The smallest cosine between computed and expected embeddings; NaN as soon as there is one. */
export async function probe(embed: Embed, goldens: Manifest["goldens"]): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (const golden of goldens) {
    const expected = new Float32Array(bytesOf(golden.embedding).buffer);
    least = Math.min(least, cosine(await embed(bytesOf(golden.pixels)), expected));
  }
  return least;
}
