/**
 * Searching the embedded collection: the graph finds, the catalog's own embeddings rank, and a
 * filter decides what counts.
 */
import { setImmediate } from "node:timers/promises";
import { dot } from "@plumage/models";
import { chosen, type RankedItem, type Wanted } from "../../collection/collection.ts";
import { isEmptyFilter } from "../../collection/item.ts";
import type { Catalog } from "./catalog.ts";
import type { UsearchStore } from "./usearchStore.ts";

/** The store is asked for some more than wanted, since its half floats may swap near neighbors. */
const spare = 16;
/**
 * Matching items up to which each is compared: that is exact, and takes no longer than a search for
 * a long list.
 */
const mostCompared = 2000;
/**
 * Neighbors that the store is asked for at first and at last, before a thin filter's items are
 * compared one by one after all.
 */
const firstAsked = 256;
const mostAsked = 4096;
/** Comparisons after which others have their turn. */
const turn = 256;

/** What is searched: the truth, and the graph that is made from it. */
export interface Searched {
  readonly catalog: Catalog;
  readonly store: UsearchStore;
}

/**
 * The nearest k of the items that a filter lets through. Few of them are compared one by one; of
 * many, the store is asked for more and more neighbors until enough of them match. Thus a filter,
 * however narrow, never costs a neighbor.
 *
 * @param embedding of unit length; as are those of the catalog
 */
export async function nearestItems(
  embedding: Float32Array,
  wanted: Wanted,
  { catalog, store }: Searched,
): Promise<RankedItem[]> {
  const { filter = { labels: [], metadata: {} } } = wanted;
  const most = wanted.k + (wanted.except?.size ?? 0);
  const finish = (ranked: readonly RankedItem[]) => chosen(ranked, wanted);
  if (isEmptyFilter(filter))
    return finish(await rank(catalog, keysNear(store, embedding, most + spare), embedding, most));
  const matching = catalog.matching(filter, mostCompared + 1);
  if (matching.length <= mostCompared)
    return finish(await rank(catalog, matching, embedding, most));
  for (let asked = firstAsked; asked <= mostAsked; asked *= 4) {
    const kept = catalog.matchingOf(keysNear(store, embedding, asked), filter);
    if (kept.length >= most + spare) return finish(await rank(catalog, kept, embedding, most));
  }
  return finish(await rank(catalog, catalog.matching(filter, catalog.size), embedding, most));
}

const keysNear = (store: UsearchStore, embedding: Float32Array, count: number): number[] =>
  store.search(embedding, count).map(({ key }) => key);

/**
 * The best of some keys by their exact scores; keys that have left the catalog are passed over.
 */
async function rank(
  catalog: Catalog,
  keys: readonly number[],
  embedding: Float32Array,
  k: number,
): Promise<RankedItem[]> {
  const scored: { key: number; score: number }[] = [];
  for (const [i, key] of keys.entries()) {
    if (i % turn === turn - 1) await setImmediate();
    const stored = catalog.embedding(key);
    if (stored) scored.push({ key, score: dot(embedding, stored) });
  }
  scored.sort((a, b) => b.score - a.score || a.key - b.key);
  return scored.slice(0, k).flatMap(({ key, score }) => {
    const item = catalog.byKey(key);
    return item ? [{ item, score }] : [];
  });
}
