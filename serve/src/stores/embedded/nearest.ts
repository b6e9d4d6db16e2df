/** Search in the embedded collection: the graph proposes, the catalog's embeddings rank. */
import { setImmediate } from "node:timers/promises";
import { dot } from "@plumage/models";
import {
  type NearestOptions,
  type RankedItem,
  selectResults,
} from "../../collection/collection.ts";
import { isEmptyFilter } from "../../collection/item.ts";
import type { Catalog } from "./catalog.ts";
import type { UsearchIndex } from "./usearchIndex.ts";

/** Extra candidates from the graph, because rounding to half precision may swap near neighbors. */
const spareCandidates = 16;
/** A filter that passes up to this many items is answered by exact search. */
const maxExact = 2000;
/**
 * With a wider filter, the number of neighbors requested from the graph grows from the first value
 * to the second; if too few pass even then, all matching items are compared.
 */
const candidates = { first: 256, last: 4096 } as const;
/** Comparisons per turn of the event loop. */
const comparisonsPerTurn = 256;

/** The items, and the graph derived from them. */
export interface SearchIndex {
  readonly catalog: Catalog;
  readonly index: UsearchIndex;
}

/**
 * The k nearest items that pass the filter. A filter, however narrow, never costs a neighbor: a few
 * matching items are compared one by one, and among many, the graph is asked for more and more
 * neighbors until enough of them match.
 *
 * @param embedding of unit length, as are those of the catalog
 */
export async function nearestItems(
  embedding: Float32Array,
  options: NearestOptions,
  { catalog, index }: SearchIndex,
): Promise<RankedItem[]> {
  const { filter = { labels: [], metadata: {} } } = options;
  const count = options.k + (options.exclude?.size ?? 0);
  const answer = async (keys: readonly number[]) =>
    selectResults(await rank(catalog, keys, embedding, count), options);
  if (isEmptyFilter(filter)) return answer(keysNear(index, embedding, count + spareCandidates));
  const matching = catalog.matching(filter, maxExact + 1);
  if (matching.length <= maxExact) return answer(matching);
  for (let asked = candidates.first; asked <= candidates.last; asked *= 4) {
    const keys = catalog.matchingOf(keysNear(index, embedding, asked), filter);
    if (keys.length >= count + spareCandidates) return answer(keys);
  }
  return answer(catalog.matching(filter, catalog.size));
}

const keysNear = (index: UsearchIndex, embedding: Float32Array, count: number): number[] =>
  index.search(embedding, count).map(({ key }) => key);

/** The best k of these keys by exact score; keys no longer in the catalog are skipped. */
async function rank(
  catalog: Catalog,
  keys: readonly number[],
  embedding: Float32Array,
  k: number,
): Promise<RankedItem[]> {
  const scored: { key: number; score: number }[] = [];
  for (const [i, key] of keys.entries()) {
    if (i % comparisonsPerTurn === comparisonsPerTurn - 1) await setImmediate();
    const stored = catalog.embedding(key);
    if (stored) scored.push({ key, score: dot(embedding, stored) });
  }
  scored.sort((a, b) => b.score - a.score || a.key - b.key);
  return scored.slice(0, k).flatMap(({ key, score }) => {
    const item = catalog.byKey(key);
    return item ? [{ item, score }] : [];
  });
}
