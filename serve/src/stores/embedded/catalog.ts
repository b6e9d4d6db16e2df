/**
 * The catalog: every item with its embedding, in an embedded SQLite database. It is the truth;
 * the vector index is made from it.
 */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { boxSchema, PlumageError } from "@plumage/models";
import Database from "libsql";
import { z } from "zod";
import { takenOver } from "../../collection/collection.ts";
import { type CollectionItem, type ItemFilter, metadataSchema } from "../../collection/item.ts";
import { prepareTables, schemaVersion } from "./tables.ts";

export type NewRow = Omit<CollectionItem, "key"> & { readonly embedding: Float32Array };

const rowSchema = z
  .object({
    key: z.number(),
    id: z.string(),
    label: z.string(),
    path: z.string(),
    box: z.string().nullable(),
    source: z.string().nullable(),
    metadata: z.string(),
    uploaded: z.number(),
    bytes: z.number(),
    modified: z.number(),
  })
  .transform(
    ({ box, source, metadata, uploaded, ...rest }): CollectionItem => ({
      ...rest,
      metadata: metadataSchema.parse(JSON.parse(metadata)),
      uploaded: uploaded !== 0,
      box: box === null ? undefined : boxSchema.parse(JSON.parse(box)),
      source: source ?? undefined,
    }),
  );

const columns = "key, id, label, path, box, source, metadata, uploaded, bytes, modified";

export class Catalog {
  readonly #database: Database.Database;

  /**
   * Opens a catalog, or makes an empty one.
   *
   * @throws PlumageError "bad-file" for a file that is no catalog of this version
   */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    let unknown: string | undefined;
    try {
      this.#database = new Database(path);
      unknown = prepareTables(this.#database);
    } catch (error) {
      throw new PlumageError(
        "bad-file",
        `${path} is no catalog`,
        "delete it and run: npm run index",
        {
          cause: error,
        },
      );
    }
    if (unknown !== undefined) {
      throw new PlumageError(
        "mismatch",
        `${path} is a catalog of version ${unknown}, and this is version ${schemaVersion}`,
        "delete it and run: npm run index",
      );
    }
  }

  meta(name: string): string | undefined {
    const row = this.#database.prepare("SELECT value FROM meta WHERE name = ?").get([name]) as
      | { value: string }
      | undefined;
    return row?.value;
  }

  setMeta(name: string, value: string): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)")
      .run([name, value]);
  }

  /**
   * Makes the catalog one of this model's embeddings, known by its digest: those of another model
   * go.
   *
   * @returns whether there were any of another model
   */
  adopt(model: string): boolean {
    const previous = this.meta("model");
    if (previous === model) return false;
    this.#together(() => {
      this.#database.exec("DELETE FROM items; DELETE FROM embeddings; DELETE FROM removed;");
      this.setMeta("model", model);
    });
    return previous !== undefined;
  }

  /**
   * Counts the changes of the items: an index that was built at another count is not of these
   * items.
   */
  get revision(): number {
    return Number(this.meta("revision") ?? 0);
  }

  /** The highest key in use. */
  get lastKey(): number {
    const row = this.#database.prepare("SELECT max(key) AS last FROM items").get([]) as {
      last: number | null;
    };
    return row.last ?? -1;
  }

  get size(): number {
    return (
      this.#database.prepare("SELECT count(*) AS size FROM items").get([]) as { size: number }
    ).size;
  }

  /**
   * Adds items, or replaces those of the same id; all of them or none.
   *
   * @param model whose embeddings these are, where that must still be the catalog's
   * @returns the keys of what was added, in order, and of what it replaced
   * @throws PlumageError "unavailable" where it is not
   */
  put(items: readonly NewRow[], model?: string): { added: number[]; replaced: number[] } {
    const added: number[] = [];
    const replaced: number[] = [];
    if (items.length === 0) return { added, replaced };
    const insert = this.#database.prepare(
      `INSERT INTO items (id, label, path, box, source, metadata, uploaded, bytes, modified)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key`,
    );
    const insertEmbedding = this.#database.prepare(
      "INSERT INTO embeddings (key, embedding) VALUES (?, ?)",
    );
    this.#together((revision) => {
      for (const item of items) {
        replaced.push(...this.#forget(item.id, revision));
        const { id, label, path, box, source, metadata, uploaded, bytes, modified, embedding } =
          item;
        const words = [
          id,
          label,
          path,
          box ? JSON.stringify(box) : null,
          source ?? null,
          JSON.stringify(metadata),
        ];
        const { key } = insert.get([...words, uploaded ? 1 : 0, bytes, modified]) as {
          key: number;
        };
        insertEmbedding.run([
          key,
          Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength),
        ]);
        added.push(key);
      }
    }, model);
    return { added, replaced };
  }

  /** @returns the keys of those that were there; as for put */
  remove(ids: readonly string[], model?: string): number[] {
    const keys: number[] = [];
    if (ids.length === 0) return keys;
    this.#together((revision) => {
      for (const id of ids) keys.push(...this.#forget(id, revision));
    }, model);
    return keys;
  }

  /** Keys that have left since a revision: an index that was built then still holds them. */
  removedSince(revision: number): number[] {
    const rows = this.#database
      .prepare("SELECT key FROM removed WHERE revision > ?")
      .all([revision]);
    return (rows as { key: number }[]).map(({ key }) => key);
  }

  /** Forgets what has left up to a revision, once an index of that revision is on disk. */
  forgetRemoved(revision: number): void {
    this.#database.prepare("DELETE FROM removed WHERE revision <= ?").run([revision]);
  }

  /** Ids of the items that `npm run index` has brought, or of those that were uploaded. */
  ids({ uploaded }: { uploaded: boolean }): string[] {
    const rows = this.#database
      .prepare("SELECT id FROM items WHERE uploaded = ?")
      .all([uploaded ? 1 : 0]);
    return (rows as { id: string }[]).map(({ id }) => id);
  }

  /** Whether an item's image is this file. */
  usesFile(path: string): boolean {
    return (
      this.#database.prepare("SELECT 1 AS used FROM items WHERE path = ? LIMIT 1").get([path]) !==
      undefined
    );
  }

  /** Keys of matching items, in order, `limit` at most. */
  matching(filter: ItemFilter, limit: number): number[] {
    const { where, values } = condition(filter);
    return this.#keys(`SELECT key FROM items WHERE ${where} ORDER BY key LIMIT ?`, [
      ...values,
      limit,
    ]);
  }

  /** Those of some keys whose items match. */
  matchingOf(keys: readonly number[], filter: ItemFilter): number[] {
    const { where, values } = condition(filter);
    const given = JSON.stringify(keys);
    return this.#keys(
      `SELECT key FROM items WHERE key IN (SELECT value FROM json_each(?)) AND ${where}`,
      [given, ...values],
    );
  }

  byId(id: string): CollectionItem | undefined {
    return this.#row("id = ?", id);
  }

  byKey(key: number): CollectionItem | undefined {
    return this.#row("key = ?", key);
  }

  /** A page of items in the order of their keys, after a key. */
  page(after: number, limit: number): CollectionItem[] {
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM items WHERE key > ? ORDER BY key LIMIT ?`)
      .all([after, limit]);
    return rows.map((row) => rowSchema.parse(row));
  }

  /**
   * Every item after a key with its embedding, in the order of the keys, a page at a time, so that
   * a large catalog need not fit into memory.
   */
  *embeddings(from = -1): Generator<{ key: number; embedding: Float32Array }> {
    const select = this.#database.prepare(
      "SELECT key, embedding FROM embeddings WHERE key > ? ORDER BY key LIMIT 512",
    );
    for (let after = from; ; ) {
      const rows = select.all([after]) as { key: number; embedding: Uint8Array }[];
      if (rows.length === 0) return;
      for (const { key, embedding } of rows) yield { key, embedding: floats(embedding) };
      after = rows.at(-1)!.key;
    }
  }

  embedding(key: number): Float32Array | undefined {
    const row = this.#database
      .prepare("SELECT embedding FROM embeddings WHERE key = ?")
      .get([key]) as { embedding: Uint8Array } | undefined;
    return row && floats(row.embedding);
  }

  close(): void {
    this.#database.close();
  }

  #keys(query: string, values: readonly (string | number)[]): number[] {
    return (this.#database.prepare(query).all([...values]) as { key: number }[]).map(
      ({ key }) => key,
    );
  }

  #row(condition: string, value: string | number): CollectionItem | undefined {
    const row = this.#database
      .prepare(`SELECT ${columns} FROM items WHERE ${condition}`)
      .get([value]);
    return row ? rowSchema.parse(row) : undefined;
  }

  /** @returns the key, if there was such an item */
  #forget(id: string, revision: number): number[] {
    const row = this.#database.prepare("DELETE FROM items WHERE id = ? RETURNING key").get([id]) as
      | { key: number }
      | undefined;
    if (!row) return [];
    this.#database.prepare("DELETE FROM embeddings WHERE key = ?").run([row.key]);
    this.#database
      .prepare("INSERT INTO removed (key, revision) VALUES (?, ?)")
      .run([row.key, revision]);
    return [row.key];
  }

  /** A change of the items: whole, and counted. */
  #together(work: (revision: number) => void, model?: string): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      if (model !== undefined && this.meta("model") !== model) throw takenOver();
      const revision = this.revision + 1;
      work(revision);
      this.setMeta("revision", String(revision));
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

/**
 * A filter as a condition on the items' rows. Metadata is compared as text: a query has nothing
 * else.
 */
function condition({ labels, metadata }: ItemFilter): { where: string; values: string[] } {
  const conditions = ["TRUE"];
  const values: string[] = [];
  if (labels.length > 0) {
    conditions.push(`label IN (${labels.map(() => "?").join(", ")})`);
    values.push(...labels);
  }
  for (const [name, value] of Object.entries(metadata)) {
    conditions.push(`EXISTS (SELECT 1 FROM json_each(metadata) AS e WHERE e.key = ? AND ? =
      CASE e.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(e.value AS TEXT) END)`);
    values.push(name, value);
  }
  return { where: conditions.join(" AND "), values };
}

/**
 * Opens a catalog that is there.
 *
 * @throws PlumageError "bad-file" where there is none, with this hint
 */
export function openCatalog(path: string, hint: string): Catalog {
  if (!existsSync(path))
    throw new PlumageError("bad-file", `there is no index in ${dirname(path)}`, hint);
  return new Catalog(path);
}

/**
 * A blob as floats. libsql gives a view of its own buffer in one call and an ArrayBuffer in
 * another: a copy fits both, and is aligned.
 */
const floats = (blob: Uint8Array | ArrayBuffer): Float32Array =>
  new Float32Array(new Uint8Array(blob).slice().buffer);
