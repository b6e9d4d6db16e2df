/** The nearest neighbors of every item of a gallery, by the store's own search. */
import { type NeighborList, PlumageError } from "@plumage/models";
import type { Collection } from "../collection/collection.ts";

/** Neighbors of each item. */
const depth = 32;
/** A gallery of so many takes minutes, and its neighbors 50 MB. */
const maxItems = 200_000;
const itemsPerPage = 1000;
const embeddingsPerRead = 64;

/** What is remembered of an item. */
export interface ComparedItem {
  readonly key: number;
  readonly id: string;
  readonly label: string;
}

/** The items of a gallery at a time, and the neighbors of each. */
export interface ComparedGallery {
  /** In the order in which they were added. */
  readonly items: readonly ComparedItem[];
  /** Positions of each item's nearest; none of an item that has been removed meanwhile. */
  readonly neighbors: readonly NeighborList[];
}

export interface ReadOptions {
  /** Stops the work between two searches. */
  readonly signal: AbortSignal;
  /** Called with the share that is done, from 0 to 1. */
  readonly onProgress: (done: number) => void;
}

/**
 * Searches for every item, one after another, so that other searches have their turn in between.
 *
 * @throws PlumageError "bad-input" for more than 200,000 items, and as the collection does
 */
export async function readNeighbors(
  collection: Collection,
  { signal, onProgress }: ReadOptions,
): Promise<ComparedGallery> {
  const count = await collection.size();
  if (count > maxItems)
    throw new PlumageError(
      "bad-input",
      `the gallery has ${count} items, and at most ${maxItems} can be compared`,
    );
  const items = await readItems(collection, signal);
  const positions = new Map(items.map(({ key }, at) => [key, at]));
  const neighbors: NeighborList[] = [];
  for (let start = 0; start < items.length; start += embeddingsPerRead) {
    const part = items.slice(start, start + embeddingsPerRead);
    const embeddings = await collection.embeddings(part.map(({ id }) => id));
    for (const [at, { id }] of part.entries()) {
      signal.throwIfAborted();
      const embedding = embeddings[at];
      const options = { k: depth, exclude: new Set([id]) };
      const ranked = embedding ? await collection.nearest(embedding, options) : [];
      // Items that were added meanwhile have no position.
      const known = ranked.filter(({ item }) => positions.has(item.key));
      neighbors.push({
        indices: Int32Array.from(known, ({ item }) => positions.get(item.key)!),
        scores: Float32Array.from(known, ({ score }) => score),
      });
    }
    onProgress(neighbors.length / items.length);
  }
  return { items, neighbors };
}

async function readItems(collection: Collection, signal: AbortSignal): Promise<ComparedItem[]> {
  const items: ComparedItem[] = [];
  for (let after = -1; ; ) {
    signal.throwIfAborted();
    const page = await collection.page(after, itemsPerPage);
    const last = page.at(-1);
    if (!last) return items;
    for (const { key, id, label } of page) items.push({ key, id, label });
    after = last.key;
  }
}
