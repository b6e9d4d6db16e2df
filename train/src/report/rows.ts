/** Which queries a picture of the retrieval shows. */
import type { Neighbours } from "../evaluate/search.ts";

export interface ChosenRows {
  /** Queries whose nearest item is of another class, the most similar first: what the network is surest about and wrong. */
  readonly mistakes: readonly number[];
  /** Queries scattered over the data set, whatever became of them. */
  readonly scattered: readonly number[];
}

/**
 * Chooses `count` queries, half of them the hardest mistakes (fewer if there are fewer) and the rest scattered, no two
 * of one class. Depends on nothing but its arguments.
 *
 * @param labels class of each item
 */
export function chooseRows(labels: readonly string[], neighbours: Neighbours, count: number): ChosenRows {
  const { k, indices, scores } = neighbours;
  const members = new Map<string, number>();
  for (const label of labels) members.set(label, (members.get(label) ?? 0) + 1);
  const queries = labels.flatMap((label, query) => (members.get(label)! > 1 ? [query] : []));
  const shown = new Set<string>();
  const take = (
    from: readonly number[],
    wanted: number,
    alsoShown: (query: number) => string[] = () => [],
  ): number[] => {
    const taken: number[] = [];
    for (const query of from) {
      if (taken.length === wanted) break;
      if (shown.has(labels[query]!)) continue;
      for (const label of [labels[query]!, ...alsoShown(query)]) shown.add(label);
      taken.push(query);
    }
    return taken;
  };
  const wrong = queries.filter((query) => labels[indices[query * k]!] !== labels[query]);
  wrong.sort((a, b) => scores[b * k]! - scores[a * k]! || a - b);
  // A class that was taken for another is often that one's mistake too: the pair is shown once.
  const mistakes = take(wrong, Math.floor(count / 2), (query) => [labels[indices[query * k]!]!]);
  const scattered = take(
    queries.toSorted((a, b) => scatter(a) - scatter(b)),
    count - mistakes.length,
  );
  return { mistakes, scattered };
}

/** Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4): neighbours end up far apart. */
const scatter = (index: number): number => Math.imul(index + 1, 0x9e3779b1) >>> 0;
