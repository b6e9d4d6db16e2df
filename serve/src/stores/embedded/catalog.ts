/**
 * The catalog: every item with its embedding, in an embedded SQLite database. It is the source of
 * truth; the vector index is derived from it.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { PlumageError } from "@plumage/models";
import Database from "libsql";
import { modelReplaced } from "../../collection/collection.ts";
import type { CollectionItem, ItemFilter } from "../../collection/item.ts";
import {
  blobOf,
  filterCondition,
  floatsOf,
  insertItem,
  itemColumns,
  itemOf,
  type NewRow,
  valuesOf,
} from "./catalogRows.ts";
import { prepareTables, schemaVersion } from "./schema.ts";

const rebuildHint = "delete it and run: npm run index";

export class Catalog {
  readonly #database: Database.Database;

  /**
   * Opens a catalog, or creates an empty one.
   *
   * @throws PlumageError "bad-file" for a file that is not a catalog, "mismatch" for one of an
   *   unknown version
   */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    let unknownVersion: string | undefined;
    try {
      this.#database = new Database(path);
      unknownVersion = prepareTables(this.#database);
    } catch (cause) {
      throw new PlumageError("bad-file", `${path} is not a catalog`, rebuildHint, { cause });
    }
    if (unknownVersion !== undefined) {
      throw new PlumageError(
        "mismatch",
        `${path} is a catalog of version ${unknownVersion}; this is version ${schemaVersion}`,
        rebuildHint,
      );
    }
  }

  meta(name: string): string | undefined {
    return this.#get<{ value: string }>("SELECT value FROM meta WHERE name = ?", name)?.value;
  }

  setMeta(name: string, value: string): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)")
      .run([name, value]);
  }

  /**
   * Claims the catalog for a model, and deletes the items of any other.
   *
   * @param model sha256 of the model file
   * @returns whether the catalog belonged to another model
   */
  adopt(model: string): boolean {
    const previous = this.meta("model");
    if (previous === model) return false;
    this.#transaction(() => {
      this.#database.exec("DELETE FROM items; DELETE FROM embeddings; DELETE FROM removed;");
      this.setMeta("model", model);
    });
    return previous !== undefined;
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
    const insert = this.#database.prepare(insertItem);
    const insertEmbedding = this.#database.prepare(
      "INSERT INTO embeddings (key, embedding) VALUES (?, ?)",
    );
    this.#transaction((revision) => {
      for (const item of items) {
        replaced.push(...this.#delete(item.id, revision));
        const { key } = insert.get(valuesOf(item)) as { key: number };
        insertEmbedding.run([key, blobOf(item.embedding)]);
        added.push(key);
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
    this.#database.prepare("DELETE FROM removed WHERE revision <= ?").run([revision]);
  }

  /** Ids of the items that `npm run index` added, or of the uploaded ones. */
  ids({ uploaded }: { uploaded: boolean }): string[] {
    return this.#all<{ id: string }>("SELECT id FROM items WHERE uploaded = ?", [
      uploaded ? 1 : 0,
    ]).map(({ id }) => id);
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

  /** Up to `limit` items with a key above `after`, in ascending order. */
  page(after: number, limit: number): CollectionItem[] {
    const select = `SELECT ${itemColumns} FROM items WHERE key > ? ORDER BY key LIMIT ?`;
    return this.#all(select, [after, limit]).map(itemOf);
  }

  /**
   * The embeddings of all items with a key above `from`, in ascending order. They are read page by
   * page, so a large catalog need not fit into memory.
   */
  *embeddings(from = -1): Generator<{ key: number; embedding: Float32Array }> {
    const select = this.#database.prepare(
      "SELECT key, embedding FROM embeddings WHERE key > ? ORDER BY key LIMIT 512",
    );
    for (let after = from; ; ) {
      const rows = select.all([after]) as { key: number; embedding: Uint8Array }[];
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
    return this.#database.prepare(query).get(values) as Row | undefined;
  }

  #all<Row>(query: string, values: (string | number)[]): Row[] {
    return this.#database.prepare(query).all(values) as Row[];
  }

  #keys(query: string, values: (string | number)[]): number[] {
    return this.#all<{ key: number }>(query, values).map(({ key }) => key);
  }

  /** @returns the key, if there was such an item */
  #delete(id: string, revision: number): number[] {
    const [key] = this.#keys("DELETE FROM items WHERE id = ? RETURNING key", [id]);
    if (key === undefined) return [];
    this.#database.prepare("DELETE FROM embeddings WHERE key = ?").run([key]);
    this.#database
      .prepare("INSERT INTO removed (key, revision) VALUES (?, ?)")
      .run([key, revision]);
    return [key];
  }

  /** Runs a change that increments the revision, all of it or nothing. */
  #transaction(change: (revision: number) => void, model?: string): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      if (model !== undefined && this.meta("model") !== model) throw modelReplaced();
      const revision = this.revision + 1;
      change(revision);
      this.setMeta("revision", String(revision));
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}
