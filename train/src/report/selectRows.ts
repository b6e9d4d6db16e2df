/** Selects the queries that the retrieval grid shows. */
import type { Neighbors } from "@plumage/models";

/** Positions in `Neighbors`. */
export interface SelectedRows {
  /** Queries whose nearest item is of another class, in descending order of similarity. */
  readonly mistakes: readonly number[];
  /** A sample of all queries. */
  readonly sample: readonly number[];
}

/**
 * Selects `count` queries of distinct classes: up to half of them the hardest mistakes, the rest a
 * deterministic sample.
 *
 * @param labels class of each item
 */
export function selectRows(
  labels: readonly string[],
  neighbors: Neighbors,
  count: number,
): SelectedRows {
  const { k, queries, indices, scores } = neighbors;
  const labelOf = (row: number) => labels[queries[row]!]!;
  const nearestLabel = (row: number) => labels[indices[row * k]!]!;
  const members = new Map<string, number>();
  for (const label of labels) members.set(label, (members.get(label) ?? 0) + 1);
  const answerable = Array.from(queries.keys()).filter((row) => members.get(labelOf(row))! > 1);
  const wrong = answerable.filter((row) => nearestLabel(row) !== labelOf(row));
  wrong.sort((a, b) => scores[b * k]! - scores[a * k]! || a - b);
  const ownClass = (row: number) => [labelOf(row)];
  // Two classes are often confused in both directions: the pair is shown once.
  const bothClasses = (row: number) => [labelOf(row), nearestLabel(row)];
  const mistakes = takeDistinct(wrong, Math.floor(count / 2), bothClasses, []);
  const shuffled = answerable.toSorted((a, b) => hashOrder(a) - hashOrder(b));
  const shown = mistakes.flatMap(ownClass);
  const sample = takeDistinct(shuffled, count - mistakes.length, ownClass, shown);
  return { mistakes, sample };
}

/**
 * Takes the first `count` queries whose own class, the first that `classes` returns, does not occur
 * among the classes of those before.
 */
function takeDistinct(
  queries: readonly number[],
  count: number,
  classes: (query: number) => string[],
  used: readonly string[],
): number[] {
  const seen = new Set(used);
  const taken: number[] = [];
  for (const query of queries) {
    if (taken.length === count) break;
    const names = classes(query);
    if (seen.has(names[0]!)) continue;
    for (const name of names) seen.add(name);
    taken.push(query);
  }
  return taken;
}

/**
 * A sort key that shuffles indices deterministically: multiplicative hashing (Knuth, The Art of
 * Computer Programming, volume 3, section 6.4).
 */
export const hashOrder = (index: number): number => Math.imul(index + 1, 0x9e3779b1) >>> 0;
