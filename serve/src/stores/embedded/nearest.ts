/** Search in the embedded collection: the index proposes, the catalog's embeddings rank. */
import { setImmediate } from "node:timers/promises";
import { cosine } from "@plumage/models";
import {
  type NearestOptions,
  type RankedItem,
  selectResults,
} from "../../collection/collection.ts";
import { isEmptyFilter } from "../../collection/item.ts";
import type { Catalog } from "./catalog.ts";
import type { UsearchIndex } from "./usearchIndex.ts";

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
  const answer = async (vectors: readonly Keys[]) =>
    selectResults(await rank(catalog, vectors, embedding, count), options);
  const near = (asked: number) => index.search(embedding, asked).map(({ keys }) => keys);
  if (isEmptyFilter(filter)) return answer(near(count));
  const matching = catalog.matching(filter, maxExact + 1);
  if (matching.length <= maxExact) return answer(matching.map((key) => [key]));
  for (let asked = candidates.first; asked <= candidates.last; asked *= 4) {
    const vectors = near(asked);
    const passing = new Set(catalog.matchingOf(vectors.flat(), filter));
    if (passing.size >= count || vectors.length < asked)
      return answer(vectors.map((keys) => keys.filter((key) => passing.has(key))));
  }
  return answer(catalog.matching(filter, catalog.size).map((key) => [key]));
}

/** The items that share a vector. */
type Keys = readonly number[];

/**
 * The best k items by exact score, equal ones in the order of their keys. One embedding is read for
 * each vector. Keys no longer in the catalog are skipped.
 */
async function rank(
  catalog: Catalog,
  vectors: readonly Keys[],
  embedding: Float32Array,
  k: number,
): Promise<RankedItem[]> {
  const scored: { key: number; score: number }[] = [];
  for (const [i, keys] of vectors.entries()) {
    if (i % comparisonsPerTurn === comparisonsPerTurn - 1) await setImmediate();
    const present = firstPresent(catalog, keys);
    if (!present) continue;
    // Unlike a dot product, whose factors have rounded lengths, no cosine exceeds that with itself.
    const score = cosine(embedding, present.embedding);
    for (const key of keys.slice(present.at, present.at + k)) scored.push({ key, score });
  }
  scored.sort((a, b) => b.score - a.score || a.key - b.key);
  return scored.slice(0, k).flatMap(({ key, score }) => {
    const item = catalog.byKey(key);
    return item ? [{ item, score }] : [];
  });
}

/** The first of these keys that is in the catalog: searches overlap with changes. */
function firstPresent(catalog: Catalog, keys: Keys) {
  for (const [at, key] of keys.entries()) {
    const embedding = catalog.embedding(key);
    if (embedding) return { at, embedding };
  }
  return undefined;
}
