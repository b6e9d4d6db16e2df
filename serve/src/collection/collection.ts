/** What a gallery can do, wherever it is kept: in files beside the model, or in PostgreSQL. */
import { PlumageError } from "@plumage/models";
import type { CollectionItem, ItemFilter, NewItem } from "./item.ts";

export interface RankedItem {
  readonly item: CollectionItem;
  /** Cosine similarity, from the float32 embeddings. */
  readonly score: number;
}

export interface Wanted {
  readonly k: number;
  readonly filter?: ItemFilter;
  /** Lowest cosine similarity of a result. */
  readonly minScore?: number;
  /** Ids that are not to be found: the examples themselves. */
  readonly except?: ReadonlySet<string>;
}

/** The model whose embeddings a collection holds. */
export interface IndexedModel {
  /** sha256 of its file. */
  readonly model: string;
  readonly dimension: number;
}

/**
 * Items, their embeddings and uploaded images. A change that has been answered lasts, and is seen
 * by every later call. `nearest`, `put` and `remove` throw PlumageError "unavailable" once the
 * collection has been taken over by another model.
 */
export interface Collection {
  /** Number of items; a store of millions may give an estimate. */
  size(): Promise<number>;
  /** Those of some ids that are there, in no order. */
  items(ids: readonly string[]): Promise<CollectionItem[]>;
  /** In the order of the ids, undefined for one that is not there. */
  embeddings(ids: readonly string[]): Promise<(Float32Array | undefined)[]>;
  /** Items in the order of their keys, after a key. */
  page(after: number, limit: number): Promise<CollectionItem[]>;
  /** The image's file; undefined if it is gone. */
  image(item: CollectionItem): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /**
   * The nearest k of the items that the filter lets through, best first.
   *
   * @param embedding of unit length
   */
  nearest(embedding: Float32Array, wanted: Wanted): Promise<RankedItem[]>;
  /** Adds items, or replaces those of the same ids; all of them or none. */
  put(items: readonly NewItem[]): Promise<CollectionItem[]>;
  /** @returns how many of them were there */
  remove(ids: readonly string[]): Promise<number>;
  /** Ids of the items that `npm run index` has brought. */
  indexedIds(): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * What a collection is opened for: "index" makes what is not there, and takes over one of another
 * model; the others refuse both.
 */
export type Purpose = "index" | "serve" | "read";

/** @param indexCommand the command that embeds again */
export const otherModel = (indexCommand: string): PlumageError =>
  new PlumageError(
    "mismatch",
    "the index was built with another model",
    `embed again with: ${indexCommand}`,
  );

export const takenOver = (): PlumageError =>
  new PlumageError(
    "unavailable",
    "the gallery has been indexed with another model",
    "start the server again",
  );

/** The results of a search that has asked for some more than wanted. */
export const chosen = (
  ranked: readonly RankedItem[],
  { k, minScore = -1, except = new Set() }: Wanted,
): RankedItem[] =>
  ranked.filter(({ item, score }) => score >= minScore && !except.has(item.id)).slice(0, k);
