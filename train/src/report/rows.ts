/** Which queries an image of the retrieval shows. */
import type { Neighbors } from "@plumage/models";

/** Rows of `Neighbors`. */
export interface ChosenRows {
  /**
   * Queries whose nearest item is of another class, the most similar first: what the network is
   * surest about and wrong.
   */
  readonly mistakes: readonly number[];
  /** Queries scattered over the data set, whatever became of them. */
  readonly scattered: readonly number[];
}

/**
 * Chooses `count` queries, half of them the hardest mistakes (fewer if there are fewer) and the
 * rest scattered, no two of one class. Depends on nothing but its arguments.
 *
 * @param labels class of each item
 */
export function chooseRows(
  labels: readonly string[],
  neighbors: Neighbors,
  count: number,
): ChosenRows {
  const { k, queries, indices, scores } = neighbors;
  const labelOf = (row: number) => labels[queries[row]!]!;
  const nearestLabel = (row: number) => labels[indices[row * k]!]!;
  const members = new Map<string, number>();
  for (const label of labels) members.set(label, (members.get(label) ?? 0) + 1);
  const asked = Array.from(queries.keys()).filter((row) => members.get(labelOf(row))! > 1);
  const wrong = asked.filter((row) => nearestLabel(row) !== labelOf(row));
  wrong.sort((a, b) => scores[b * k]! - scores[a * k]! || a - b);
  const own = (row: number) => [labelOf(row)];
  // A class that was taken for another is often that one's mistake too: the pair is shown once.
  const pair = (row: number) => [labelOf(row), nearestLabel(row)];
  const mistakes = takeApart(wrong, Math.floor(count / 2), pair, []);
  const spread = asked.toSorted((a, b) => scatter(a) - scatter(b));
  const scattered = takeApart(spread, count - mistakes.length, own, mistakes.flatMap(own));
  return { mistakes, scattered };
}

/**
 * The first `wanted` of the queries whose own class, the first that `classes` names, is not used up
 * by those before.
 */
function takeApart(
  queries: readonly number[],
  wanted: number,
  classes: (query: number) => string[],
  used: readonly string[],
): number[] {
  const gone = new Set(used);
  const taken: number[] = [];
  for (const query of queries) {
    if (taken.length === wanted) break;
    const names = classes(query);
    if (gone.has(names[0]!)) continue;
    for (const name of names) gone.add(name);
    taken.push(query);
  }
  return taken;
}

/**
 * Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4):
 * neighbors end up far apart.
 */
export const scatter = (index: number): number => Math.imul(index + 1, 0x9e3779b1) >>> 0;
