/** Holds a session against the known inputs and embeddings of model.json, before it is trusted. */
import type { Manifest } from "@plumage/models";

/** 8-bit images [1, S, S, 3] to unit-length embeddings. */
export type Embed = (pixels: Uint8Array<ArrayBuffer>) => Promise<Float32Array>;

/** fp32's limit (cosineLimit): graphics processors round in their own ways. */
export const exactCosine = 0.999;

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** Cosine of two vectors; NaN if they differ in length or one of them is zero. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.NaN;
  let [dot, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    squareA += a[i]! ** 2;
    squareB += b[i]! ** 2;
  }
  return dot / Math.sqrt(squareA * squareB);
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
