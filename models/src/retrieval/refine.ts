/**
 * A query moved toward images that are more like what is meant, and away from those that are less
 * like it.
 */

/**
 * Weights of relevance feedback (Rocchio 1971; the values of Manning, Raghavan and Schuetze,
 * Introduction to Information Retrieval, 9.1.1): what is wanted says more than what is not.
 */
const weights = { more: 0.75, less: -0.15 } as const;

/** A hundredth of the query's length: shorter, and the direction is rounding. */
const shortest = 0.01;

/**
 * @param query [dimension], of unit length
 * @param more rows of unit length; their mean is added
 * @param less rows of unit length; their mean is taken away
 * @returns [dimension], of unit length; the query itself where nothing would be left of it
 */
export function refine(
  query: Float32Array,
  more: readonly Float32Array[],
  less: readonly Float32Array[],
): Float32Array {
  if (more.length + less.length === 0) return query;
  const moved = query.slice();
  for (const [rows, weight] of [
    [more, weights.more],
    [less, weights.less],
  ] as const)
    for (const row of rows)
      for (let i = 0; i < moved.length; i++) moved[i]! += (weight / rows.length) * row[i]!;
  const length = Math.hypot(...moved);
  return length < shortest ? query : moved.map((value) => value / length);
}
