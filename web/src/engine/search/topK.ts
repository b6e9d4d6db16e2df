/** The best of many scores. */
import type { Hit } from "../protocol.ts";

/**
 * The k best scores, best first; of equal ones the earlier row comes first.
 *
 * @param accepts whether a row may be found; asked only of rows that would be among the best
 */
export function topK(
  scores: Float32Array,
  k: number,
  accepts: (row: number) => boolean = () => true,
): Hit[] {
  const best: Hit[] = [];
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!;
    const least =
      best.length < k ? Number.NEGATIVE_INFINITY : (best.at(-1)?.score ?? Number.POSITIVE_INFINITY);
    // Written so that NaN is passed over.
    if (!(score > least) || !accepts(index)) continue;
    let place = best.length;
    while (place > 0 && best[place - 1]!.score < score) place--;
    best.splice(place, 0, { index, score });
    if (best.length > k) best.pop();
  }
  return best;
}
