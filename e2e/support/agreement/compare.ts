/** Compares the top k of two answers to one query. */

/** One ranked item. */
export interface Hit {
  readonly id: string;
  readonly score: number;
}

/**
 * Overlap of two top-k lists, as a fraction of k.
 *
 * Rounding may put items with nearly equal scores on either side of rank k. So an item of `ours`
 * also counts if `theirs` ranks it below k with a score within `tie` of its k-th.
 *
 * @param ours at least k items, best first
 * @param theirs at least k items, best first; more than k to resolve ties at rank k
 */
export function topOverlap(
  ours: readonly Hit[],
  theirs: readonly Hit[],
  k: number,
  tie: number,
): number {
  if (ours.length < k || theirs.length < k) throw new Error(`fewer than ${k} items to compare`);
  const lowest = theirs[k - 1]!.score - tie;
  const accepted = new Set(
    theirs.filter((hit, rank) => rank < k || hit.score >= lowest).map((hit) => hit.id),
  );
  return ours.slice(0, k).filter((hit) => accepted.has(hit.id)).length / k;
}
