/**
 * The catalog: every item with its embedding, in an embedded SQLite database. It is the source of
 * truth; the vector index is derived from it.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { maxPageBytes, modelReplaced } from "../../collection/collection.ts";
import type { CollectionItem, ItemFilter } from "../../collection/item.ts";
import { CatalogDatabase } from "./catalogDatabase.ts";
import {
  blobOf,
  filterCondition,
  floatsOf,
  insertItem,
  itemColumns,
  itemOf,
  type NewRow,
  selectPage,
  valuesOf,
} from "./catalogRows.ts";
import { checkTables, prepareTables } from "./schema.ts";

export class Catalog {
  readonly #database: CatalogDatabase;

  /**
   * Opens a catalog, or creates an empty one.
   *
   * @param isReadOnly opens it without touching any file
   * @throws PlumageError "bad-file" for a file that is damaged or not a catalog, "mismatch" for one
   *   of another version, "denied" without permission, "full" without space, "unavailable" if
   *   another program has locked it
   */
  constructor(path: string, isReadOnly = false) {
    if (!isReadOnly) mkdirSync(dirname(path), { recursive: true });
    this.#database = new CatalogDatabase(path, isReadOnly);
    try {
      if (isReadOnly) checkTables(this.#database, path);
      else prepareTables(this.#database, path);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  meta(name: string): string | undefined {
    return this.#get<{ value: string }>("SELECT value FROM meta WHERE name = ?", name)?.value;
  }

  setMeta(name: string, value: string): void {
    this.#database.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", [name, value]);
  }

  /**
   * Claims the catalog for a model, and replaces the items of any other, all of them or none.
   *
   * @param model sha256 of the model file
   * @param items with embeddings of that model
   * @returns whether the catalog belonged to another model
   */
  adopt(model: string, items: readonly NewRow[] = []): boolean {
    const previous = this.meta("model");
    if (previous === model) return false;
    this.#transaction(() => {
      this.#database.exec("DELETE FROM items; DELETE FROM embeddings; DELETE FROM removed;");
      for (const item of items) this.#insert(item);
      this.setMeta("model", model);
    });
    return previous !== undefined;
  }

  /** When the catalog was created, in milliseconds; 0 if an older version created it. */
  get created(): number {
    return Number(this.meta("created") ?? 0);
  }

  /** Number of changes so far. A vector index records the revision that it was built at. */
  get revision(): number {
    return Number(this.meta("revision") ?? 0);
  }

  /** The highest key in use; -1 if there is none. */
  get lastKey(): number {
    return this.#get<{ last: number | null }>("SELECT max(key) AS last FROM items")!.last ?? -1;
  }

  get size(): number {
    return this.#get<{ size: number }>("SELECT count(*) AS size FROM items")!.size;
  }

  /**
   * Adds items, or replaces those with the same id, in one transaction.
   *
   * @param model the model of the embeddings, if the catalog must still belong to it
   * @returns the keys of the added items, in order, and of the items that they replaced
   * @throws PlumageError "unavailable" if the catalog belongs to another model
   */
  put(items: readonly NewRow[], model?: string): { added: number[]; replaced: number[] } {
    const added: number[] = [];
    const replaced: number[] = [];
    if (items.length === 0) return { added, replaced };
    this.#transaction((revision) => {
      for (const item of items) {
        replaced.push(...this.#delete(item.id, revision));
        added.push(this.#insert(item));
      }
    }, model);
    return { added, replaced };
  }

  /**
   * @param model as for `put`
   * @returns the keys of the removed items
   */
  remove(ids: readonly string[], model?: string): number[] {
    const keys: number[] = [];
    if (ids.length === 0) return keys;
    this.#transaction((revision) => {
      for (const id of ids) keys.push(...this.#delete(id, revision));
    }, model);
    return keys;
  }

  /** Keys removed after a revision: an index built at that revision still holds them. */
  removedSince(revision: number): number[] {
    return this.#keys("SELECT key FROM removed WHERE revision > ?", [revision]);
  }

  /** Drops the record of removals up to a revision, once an index of that revision is on disk. */
  forgetRemoved(revision: number): void {
    this.#database.run("DELETE FROM removed WHERE revision <= ?", [revision]);
  }

  /** Ids of the items that `npm run index` added, or of the uploaded ones. */
  ids({ uploaded }: { uploaded: boolean }): string[] {
    return this.#all<{ id: string }>("SELECT id FROM items WHERE uploaded = ?", [
      uploaded ? 1 : 0,
    ]).map(({ id }) => id);
  }

  /** The paths of all uploaded images. */
  uploadedPaths(): string[] {
    return this.#all<{ path: string }>(
      "SELECT DISTINCT path FROM items WHERE uploaded = 1",
      [],
    ).map(({ path }) => path);
  }

  /** Records that an uploaded image is elsewhere, such as after its folder was moved. */
  moveUpload(from: string, to: string): void {
    this.#database.run("UPDATE items SET path = ? WHERE uploaded = 1 AND path = ?", [to, from]);
  }

  /** Whether this file is the image of any item. */
  usesFile(path: string): boolean {
    return this.#get("SELECT 1 AS used FROM items WHERE path = ? LIMIT 1", path) !== undefined;
  }

  /** Keys of up to `limit` items that pass the filter, in ascending order. */
  matching(filter: ItemFilter, limit: number): number[] {
    const { where, values } = filterCondition(filter);
    return this.#keys(`SELECT key FROM items WHERE ${where} ORDER BY key LIMIT ?`, [
      ...values,
      limit,
    ]);
  }

  /** The keys among these whose items pass the filter. */
  matchingOf(keys: readonly number[], filter: ItemFilter): number[] {
    const { where, values } = filterCondition(filter);
    return this.#keys(
      `SELECT key FROM items WHERE key IN (SELECT value FROM json_each(?)) AND ${where}`,
      [JSON.stringify(keys), ...values],
    );
  }

  byId(id: string): CollectionItem | undefined {
    const row = this.#get<object>(`SELECT ${itemColumns} FROM items WHERE id = ?`, id);
    return row && itemOf(row);
  }

  byKey(key: number): CollectionItem | undefined {
    const row = this.#get<object>(`SELECT ${itemColumns} FROM items WHERE key = ?`, key);
    return row && itemOf(row);
  }

  /** See `Collection.page`. */
  page(after: number, limit: number): CollectionItem[] {
    return this.#all(selectPage, [after, limit, maxPageBytes]).map(itemOf);
  }

  /**
   * The embeddings of all items with a key above `from`, in ascending order. They are read page by
   * page, so a large catalog need not fit into memory.
   */
  *embeddings(from = -1): Generator<{ key: number; embedding: Float32Array }> {
    const select = "SELECT key, embedding FROM embeddings WHERE key > ? ORDER BY key LIMIT 512";
    for (let after = from; ; ) {
      const rows = this.#database.all<{ key: number; embedding: Uint8Array }>(select, [after]);
      if (rows.length === 0) return;
      for (const { key, embedding } of rows) yield { key, embedding: floatsOf(embedding) };
      after = rows.at(-1)!.key;
    }
  }

  embedding(key: number): Float32Array | undefined {
    const select = "SELECT embedding FROM embeddings WHERE key = ?";
    const row = this.#get<{ embedding: Uint8Array }>(select, key);
    return row && floatsOf(row.embedding);
  }

  close(): void {
    this.#database.close();
  }

  #get<Row>(query: string, ...values: (string | number)[]): Row | undefined {
    return this.#database.get(query, values);
  }

  #all<Row>(query: string, values: (string | number)[]): Row[] {
    return this.#database.all(query, values);
  }

  #keys(query: string, values: (string | number)[]): number[] {
    return this.#all<{ key: number }>(query, values).map(({ key }) => key);
  }

  /** @returns the new key */
  #insert(item: NewRow): number {
    const { key } = this.#database.get<{ key: number }>(insertItem, valuesOf(item))!;
    this.#database.run(insertEmbedding, [key, blobOf(item.embedding)]);
    return key;
  }

  /** @returns the key, if there was such an item */
  #delete(id: string, revision: number): number[] {
    const [key] = this.#keys("DELETE FROM items WHERE id = ? RETURNING key", [id]);
    if (key === undefined) return [];
    this.#database.run("DELETE FROM embeddings WHERE key = ?", [key]);
    this.#database.run("INSERT INTO removed (key, revision) VALUES (?, ?)", [key, revision]);
    return [key];
  }

  /** Runs a change that increments the revision, all of it or nothing. */
  #transaction(change: (revision: number) => void, model?: string): void {
    this.#database.transaction(() => {
      if (model !== undefined && this.meta("model") !== model) throw modelReplaced();
      const revision = this.revision + 1;
      change(revision);
      this.setMeta("revision", String(revision));
    });
  }
}

const insertEmbedding = "INSERT INTO embeddings (key, embedding) VALUES (?, ?)";
