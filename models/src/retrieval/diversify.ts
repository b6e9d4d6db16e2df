/** Diverse results: near-copies of one image do not fill the first row. */
import { dot } from "./vectors.ts";

/** A result that may be picked. */
export interface DiversityCandidate {
  /** Relevance to the query, such as its cosine. */
  readonly score: number;
  /** [dimension], of unit length. */
  readonly embedding: ArrayLike<number>;
}

/**
 * Orders candidates by maximal marginal relevance (Carbonell and Goldstein 1998, "The use of MMR,
 * diversity-based reranking"): the next is the one with the largest
 * `(1 - diversity) * score - diversity * (largest cosine with those before it)`, so `diversity` is
 * their 1 - lambda. The first is always the best by score.
 *
 * Takes as many steps as its caller asks for; one costs a dot product per candidate.
 *
 * @param candidates best first; ties go to the earlier
 * @param diversity 0 keeps the order, 1 ignores the scores of all but the first
 * @returns all positions in `candidates`, next pick first
 */
export function* diversify(
  candidates: readonly DiversityCandidate[],
  diversity: number,
): Generator<number, void, undefined> {
  const left = new Set(candidates.keys());
  // The largest cosine with a pick so far.
  const closest = new Float64Array(candidates.length).fill(-1);
  let last: DiversityCandidate | undefined;
  while (left.size > 0) {
    let pick = -1;
    let largest = Number.NEGATIVE_INFINITY;
    for (const at of left) {
      const { score, embedding } = candidates[at]!;
      if (last) closest[at] = Math.max(closest[at]!, dot(embedding, last.embedding));
      const relevance = last ? (1 - diversity) * score - diversity * closest[at]! : score;
      if (pick >= 0 && relevance <= largest) continue;
      pick = at;
      largest = relevance;
    }
    last = candidates[pick];
    left.delete(pick);
    yield pick;
  }
}
