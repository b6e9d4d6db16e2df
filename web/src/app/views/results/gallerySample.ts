/** Which images of the gallery are shown before anything is searched. */
import type { GalleryEntry } from "../../../engine/protocol.ts";

/** A well-mixed 32-bit hash of two integers (murmur3's finalizer). */
function hash(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Places of `count` entries, no two of one label: the same for everybody in the same round, others
 * in the next.
 *
 * @returns fewer where there are fewer labels
 */
export function examples(entries: readonly GalleryEntry[], count: number, round: number): number[] {
  /** Of each label the entry that the round puts first. */
  const first = new Map<string, { readonly index: number; readonly rank: number }>();
  for (const [index, { label }] of entries.entries()) {
    const rank = hash(index, round);
    if (rank < (first.get(label)?.rank ?? Number.POSITIVE_INFINITY))
      first.set(label, { index, rank });
  }
  return [...first.values()]
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ index }) => index);
}
