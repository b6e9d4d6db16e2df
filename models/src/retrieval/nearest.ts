/** Exact search for a single query. */
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
