/** The interface of a gallery, wherever it is stored: beside the model, or in PostgreSQL. */
import { PlumageError } from "@plumage/models";
import type { ImageFile } from "./imageFile.ts";
import type { CollectionItem, ItemFilter, NewItem } from "./item.ts";

export interface RankedItem {
  readonly item: CollectionItem;
  /** Cosine similarity of the float32 embeddings. */
  readonly score: number;
}

export interface NearestOptions {
  readonly k: number;
  readonly filter?: ItemFilter;
  /** Lowest cosine similarity of a result. */
  readonly minScore?: number;
  /** Ids to leave out of the results, such as the query's own examples. */
  readonly exclude?: ReadonlySet<string>;
}

/** Bytes of metadata in a page of items, in all. */
export const maxPageBytes = 1_000_000;

/** The model whose embeddings a collection stores. */
export interface IndexedModel {
  /** Of the model file, in lowercase hexadecimal. */
  readonly sha256: string;
  readonly dimension: number;
}

export interface ChangeOptions {
  /** Leaves uploaded items as they are, as indexing does. */
  readonly keepUploads?: boolean | undefined;
}

/**
 * Items, their embeddings, and uploaded images. A change is durable once its promise resolves, and
 * every later call sees it. `nearest`, `put` and `remove` throw PlumageError "unavailable" once the
 * gallery has been reindexed with another model.
 */
export interface Collection {
  /** Number of items; a store of millions may return an estimate. */
  size(): Promise<number>;
  /** A text that differs between any two states of the items. */
  revision(): Promise<string>;
  /** The items with these ids, in no particular order; unknown ids are skipped. */
  items(ids: readonly string[]): Promise<CollectionItem[]>;
  /** One embedding per id, in order; undefined for an unknown id. */
  embeddings(ids: readonly string[]): Promise<(Float32Array | undefined)[]>;
  /**
   * Up to `limit` items with a key above `after`, in ascending order; fewer, but at least one, if
   * their metadata exceeds `maxPageBytes`.
   */
  page(after: number, limit: number): Promise<CollectionItem[]>;
  /** Opens the encoded image; undefined if its file is gone, or is not what was indexed. */
  image(item: CollectionItem): Promise<ImageFile | undefined>;
  /**
   * The k nearest items that pass the filter, best first.
   *
   * @param embedding of unit length
   */
  nearest(embedding: Float32Array, options: NearestOptions): Promise<RankedItem[]>;
  /** Adds items, or replaces those with the same ids; all of them or none. */
  put(items: readonly NewItem[], options?: ChangeOptions): Promise<CollectionItem[]>;
  /** @returns the number of items removed */
  remove(ids: readonly string[], options?: ChangeOptions): Promise<number>;
  /** Ids of the items that `npm run index` added. */
  indexedIds(): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * Why a collection is opened. "index" creates a missing one and clears one of another model;
 * "update", which also indexes, "serve" and "read" refuse both.
 */
export type OpenMode = "index" | "update" | "serve" | "read";

/** @param indexCommand the command that rebuilds the index */
export const modelMismatch = (indexCommand: string): PlumageError =>
  new PlumageError(
    "mismatch",
    "the index was built with another model",
    `embed again with: ${indexCommand}`,
  );

export const modelReplaced = (): PlumageError =>
  new PlumageError(
    "unavailable",
    "the gallery has been reindexed with another model",
    "restart the server",
  );

/** Applies minScore, exclude and k to candidates, which are sorted best first. */
export const selectResults = <Ranked extends RankedItem>(
  ranked: readonly Ranked[],
  { k, minScore = -1, exclude = new Set() }: NearestOptions,
): Ranked[] =>
  ranked.filter(({ item, score }) => score >= minScore && !exclude.has(item.id)).slice(0, k);
