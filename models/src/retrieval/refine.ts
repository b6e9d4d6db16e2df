/** Relevance feedback: moves a query toward and away from example images. */

/**
 * Rocchio's weights (1971), with the values of Manning, Raghavan and Schuetze, Introduction to
 * Information Retrieval, 9.1.1: positive examples say more than negative ones.
 */
const weights = { more: 0.75, less: -0.15 } as const;

/** Below this length, the direction of the result would be rounding noise. */
const minLength = 0.01;

/**
 * Refines a query by examples.
 *
 * @param query [dimension], unit length
 * @param more embeddings of positive examples, unit length; their mean is added
 * @param less embeddings of negative examples, unit length; their mean is subtracted
 * @returns [dimension], unit length; the query itself if the examples cancel it out
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
  return length < minLength ? query : moved.map((value) => value / length);
}
