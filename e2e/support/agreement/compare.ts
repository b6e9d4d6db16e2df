/**
 * Holds the answers of two paths to one query against each other. Pure: the spec brings the
 * answers.
 */

/** One ranked item. */
export interface Hit {
  readonly id: string;
  readonly score: number;
}

/** Cosine of two vectors of one length; 1 for equal directions. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`embeddings of ${a.length} and ${b.length} values`);
  let dot = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    squareA += a[i]! ** 2;
    squareB += b[i]! ** 2;
  }
  return dot / Math.sqrt(squareA * squareB);
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
