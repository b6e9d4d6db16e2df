/** Which pictures of the gallery are shown before anything is searched. */
import type { GalleryEntry } from "../engine/protocol.ts";

/** A well-mixed 32-bit hash of two integers (murmur3's finaliser). */
function hash(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Places of `count` entries, no two of one label: the same for everybody in the same round, others in the next.
 *
 * @returns fewer where there are fewer labels
 */
export function examples(entries: readonly GalleryEntry[], count: number, round: number): number[] {
  const rank = (index: number) => hash(index, round);
  const order = entries.map((_, index) => index).sort((a, b) => rank(a) - rank(b));
  const byLabel = new Map<string, number>();
  for (const index of order) {
    const { label } = entries[index]!;
    if (!byLabel.has(label)) byLabel.set(label, index);
    if (byLabel.size === count) break;
  }
  return [...byLabel.values()];
}
