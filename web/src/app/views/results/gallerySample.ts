/** The images of the gallery that are shown before a search. */
import type { GalleryEntry } from "../../../engine/search/galleryPack.ts";

/** Hashes two integers to 32 well-mixed bits (murmur3's finalizer). */
function hash(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Indices of a pseudorandom sample, with at most one entry per label.
 *
 * @param count size of the sample; smaller if there are fewer labels
 */
export function sampleGallery(
  entries: readonly GalleryEntry[],
  count: number,
  seed: number,
): number[] {
  /** The entry with the lowest hash, by label. */
  const first = new Map<string, { readonly index: number; readonly rank: number }>();
  for (const [index, { label }] of entries.entries()) {
    const rank = hash(index, seed);
    if (rank < (first.get(label)?.rank ?? Number.POSITIVE_INFINITY))
      first.set(label, { index, rank });
  }
  return [...first.values()]
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ index }) => index);
}
