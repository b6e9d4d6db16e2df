/** The nearest neighbors of every item of a gallery, by the store's own search. */
import { type NeighborList, PlumageError } from "@plumage/models";
import type { Collection } from "../collection/collection.ts";
import { carryLists, withNeighbor } from "./carryLists.ts";
import type { ComparedGallery, ComparedItem } from "./comparedGallery.ts";

/** Neighbors of each item. */
const depth = 32;
/** Neighbors of a new item, in whose lists it may belong. */
const depthOfNew = 256;
/** Smaller galleries are always compared anew. */
const leastToUpdate = 1000;
/** So are those of which a larger share would have to be searched for. */
const maxChange = 0.1;
/** A gallery of so many takes minutes, and its neighbors 50 MB. */
const maxItems = 200_000;
const itemsPerPage = 1000;
const embeddingsPerRead = 64;

export interface ReadOptions {
  /** An earlier state of the gallery, most of which may hold still. */
  readonly previous?: ComparedGallery | undefined;
  /** Stops the work between two searches. */
  readonly signal: AbortSignal;
  /** Called with the share that is done, from 0 to 1. */
  readonly onProgress: (done: number) => void;
}

/**
 * Searches for every item, one after another, so that other searches have their turn in between.
 * After a small change of a large gallery, only new items and those that have lost many neighbors
 * are searched for, and new items are entered in the lists of the 256 nearest to them: a list may
 * then lack one of its last that has more and nearer neighbors than that.
 *
 * @throws PlumageError "bad-input" for more than 200,000 items, and as the collection does
 */
export async function readNeighbors(
  collection: Collection,
  { previous, signal, onProgress }: ReadOptions,
): Promise<ComparedGallery> {
  const count = await collection.size();
  if (count > maxItems)
    throw new PlumageError(
      "bad-input",
      `the gallery has ${count} items, and at most ${maxItems} can be compared`,
    );
  const items = await readItems(collection, signal);
  const positions = new Map(items.map(({ key }, at) => [key, at]));
  const carried = await listsToKeep(previous, items);
  const known = new Set(carried ? previous!.items.map(({ key }) => key) : []);
  const lists = carried?.slice() ?? new Array<NeighborList | undefined>(items.length);
  const wanted = items.flatMap((item, at) => (lists[at] ? [] : [{ ...item, at }]));
  for (let start = 0; start < wanted.length; start += embeddingsPerRead) {
    const part = wanted.slice(start, start + embeddingsPerRead);
    const embeddings = await collection.embeddings(part.map(({ id }) => id));
    for (const [i, { id, key, at }] of part.entries()) {
      signal.throwIfAborted();
      const isNew = carried !== undefined && !known.has(key);
      const options = { k: isNew ? depthOfNew : depth, exclude: new Set([id]) };
      const ranked = embeddings[i] ? await collection.nearest(embeddings[i], options) : [];
      // Items that were added meanwhile have no position.
      const near = ranked.flatMap(({ item, score }) => {
        const index = positions.get(item.key);
        return index === undefined ? [] : [{ index, score }];
      });
      lists[at] = {
        indices: Int32Array.from(near.slice(0, depth), ({ index }) => index),
        scores: Float32Array.from(near.slice(0, depth), ({ score }) => score),
      };
      if (!isNew) continue;
      // Lists that are searched for have the item already.
      for (const { index, score } of near)
        if (carried[index]) lists[index] = withNeighbor(lists[index]!, at, score, depth);
    }
    onProgress((start + part.length) / wanted.length);
  }
  return { items, neighbors: lists as NeighborList[] };
}

/** @returns undefined if the gallery is small or has changed too much */
async function listsToKeep(
  previous: ComparedGallery | undefined,
  items: readonly ComparedItem[],
): Promise<(NeighborList | undefined)[] | undefined> {
  if (!previous || items.length < leastToUpdate) return undefined;
  const lists = await carryLists(previous, items);
  const missing = lists.filter((list) => !list).length;
  return missing <= maxChange * items.length ? lists : undefined;
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
