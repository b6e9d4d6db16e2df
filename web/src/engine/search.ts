/** Exact search over the gallery: one dot product a row, and the k best of them. */
import type { Hit } from "./protocol.ts";

/** Scales every row to unit length, in place, so that a dot product is a cosine. Half floats round lengths by about 1e-4. */
export function normaliseRows(rows: Float32Array, dimension: number): void {
  for (let start = 0; start < rows.length; start += dimension) {
    let square = 0;
    for (let i = start; i < start + dimension; i++) square += rows[i]! ** 2;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let i = start; i < start + dimension; i++) rows[i]! *= scale;
  }
}

/**
 * Cosine of a query with every row.
 *
 * @param rows [count, dimension], each of unit length
 * @param query [dimension], of unit length
 */
export function cosines(rows: Float32Array, query: Float32Array): Float32Array {
  const dimension = query.length;
  const scores = new Float32Array(rows.length / dimension);
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    const start = row * dimension;
    for (let i = 0; i < dimension; i++) sum += rows[start + i]! * query[i]!;
    scores[row] = sum;
  }
  return scores;
}

/**
 * The k best scores, best first; of equal ones the earlier row comes first.
 *
 * @param accepts whether a row may be found; asked only of rows that would be among the best
 */
export function topK(scores: Float32Array, k: number, accepts: (row: number) => boolean = () => true): Hit[] {
  const best: Hit[] = [];
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!;
    const least = best.length < k ? Number.NEGATIVE_INFINITY : (best.at(-1)?.score ?? Number.POSITIVE_INFINITY);
    // Written so that NaN is passed over.
    if (!(score > least) || !accepts(index)) continue;
    let place = best.length;
    while (place > 0 && best[place - 1]!.score < score) place--;
    best.splice(place, 0, { index, score });
    if (best.length > k) best.pop();
  }
  return best;
}
