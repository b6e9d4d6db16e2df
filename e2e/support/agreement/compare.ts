/**
 * Holds the answers of two paths to one query against each other. Pure: the spec brings the
 * answers.
 */

/** One ranked item. */
export interface Hit {
  readonly id: string;
  readonly score: number;
}

/**
 * The part of one path's first k items that the other path has among its first k as well, as a
 * fraction of k.
 *
 * Items whose scores differ by rounding alone may stand on either side of rank k, so an item that
 * the other path ranks just below k counts where its score there is within `tie` of that path's
 * k-th.
 *
 * @param ours at least k items, best first
 * @param theirs best first, some more than k, so that ties at rank k are seen
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
