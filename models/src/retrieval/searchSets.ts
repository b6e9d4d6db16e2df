/** Which items are queries and which are references. */

/** Item numbers, ascending. An item that is in both sets never finds itself. */
export interface SearchSets {
  readonly queries: Int32Array;
  readonly references: Int32Array;
}

/** Leave-one-out: every item is a query, and all the others are its references. */
export function everyItem(count: number): SearchSets {
  const all = Int32Array.from({ length: count }, (_, item) => item);
  return { queries: all, references: all };
}

/** Queries and references by the items' roles; an item without a role is both. */
export function searchSets(
  items: readonly { readonly role?: "query" | "reference" | undefined }[],
): SearchSets {
  const all = everyItem(items.length);
  if (items.every(({ role }) => role === undefined)) return all;
  return {
    queries: all.queries.filter((item) => items[item]!.role !== "reference"),
    references: all.references.filter((item) => items[item]!.role !== "query"),
  };
}

/** Whether any query is also a reference, and so has one candidate fewer. */
function setsOverlap({ queries, references }: SearchSets): boolean {
  if (queries === references) return true;
  const known = new Set(references);
  return queries.some((query) => known.has(query));
}

/** The largest k that every query can be given. */
export const maxNeighbors = (sets: SearchSets): number =>
  Math.max(0, sets.references.length - (setsOverlap(sets) ? 1 : 0));
