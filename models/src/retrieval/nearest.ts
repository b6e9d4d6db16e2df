/** Exact search for a single query, and the recall of an approximate search. */
import { type ScoredRow, topK } from "./topLists.ts";
import { dot } from "./vectors.ts";

/**
 * The k rows with the largest dot product with a query, best first; ties go to the lower row.
 *
 * @param rows [N, dimension]
 * @param query [dimension]
 */
export function nearestRows(rows: Float32Array, query: ArrayLike<number>, k: number): ScoredRow[] {
  const dimension = query.length;
  const scores = Float32Array.from({ length: rows.length / dimension }, (_, row) =>
    dot(query, rows.subarray(row * dimension, (row + 1) * dimension)),
  );
  return topK(scores, k);
}

/**
 * Recall of an approximate search: the fraction of the exact neighbors that it found, over all
 * queries.
 *
 * @param found rows per query, in any order
 * @param exact rows per query
 */
export function neighborRecall(
  found: readonly (readonly number[])[],
  exact: readonly (readonly number[])[],
): number {
  let hits = 0;
  let total = 0;
  for (const [query, rows] of exact.entries()) {
    const known = new Set(rows);
    hits += found[query]!.filter((row) => known.has(row)).length;
    total += rows.length;
  }
  return hits / total;
}
