/** The catalogue: every item with its embedding, in an embedded SQLite database. It is the truth; the vector index is made from it. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Box, boxSchema, PlumageError } from "@plumage/models";
import Database from "libsql";
import { z } from "zod";

/** Goes up when the tables change; an older catalogue is made anew by `npm run index`. */
const schemaVersion = "1";

export interface CatalogueItem {
  /** Number in the vector index. */
  readonly key: number;
  readonly id: string;
  readonly label: string;
  readonly path: string;
  readonly box: Box | undefined;
  readonly source: string | undefined;
  /** Size and time of the file when it was embedded: a changed file is embedded again. */
  readonly bytes: number;
  readonly modified: number;
}
export type NewItem = Omit<CatalogueItem, "key"> & { readonly embedding: Float32Array };

const rowSchema = z
  .object({
    key: z.number(),
    id: z.string(),
    label: z.string(),
    path: z.string(),
    box: z.string().nullable(),
    source: z.string().nullable(),
    bytes: z.number(),
    modified: z.number(),
  })
  .transform(
    ({ box, source, ...rest }): CatalogueItem => ({
      ...rest,
      box: box === null ? undefined : boxSchema.parse(JSON.parse(box)),
      source: source ?? undefined,
    }),
  );

const columns = "key, id, label, path, box, source, bytes, modified";
const tables = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS items (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    path TEXT NOT NULL,
    box TEXT,
    source TEXT,
    bytes INTEGER NOT NULL,
    modified REAL NOT NULL,
    embedding BLOB NOT NULL
  ) STRICT;`;

export class Catalogue {
  readonly #database: Database.Database;

  /**
   * Opens a catalogue, or makes an empty one.
   *
   * @throws PlumageError "bad-file" for a file that is no catalogue of this version
   */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    try {
      this.#database = new Database(path);
      this.#database.exec("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
      this.#database.exec(tables);
    } catch (error) {
      throw new PlumageError("bad-file", `${path} is no catalogue`, "delete it and run: npm run index", {
        cause: error,
      });
    }
    const version = this.meta("schema");
    if (version === undefined) this.setMeta("schema", schemaVersion);
    else if (version !== schemaVersion) {
      throw new PlumageError(
        "mismatch",
        `${path} is a catalogue of version ${version}`,
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
    this.#database.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)").run([name, value]);
  }

  /**
   * Makes the catalogue one of this model's embeddings, known by its digest: those of another model go.
   *
   * @returns whether there were any of another model
   */
  adopt(model: string): boolean {
    const previous = this.meta("model");
    if (previous === model) return false;
    this.#together(() => {
      this.#database.exec("DELETE FROM items");
      this.setMeta("model", model);
    });
    return previous !== undefined;
  }

  /** Counts the changes of the items: an index that was built at another count is not of these items. */
  get revision(): number {
    return Number(this.meta("revision") ?? 0);
  }

  get size(): number {
    return (this.#database.prepare("SELECT count(*) AS size FROM items").get([]) as { size: number }).size;
  }

  /** Adds items, or replaces those of the same id; all of them or none. */
  put(items: readonly NewItem[]): void {
    if (items.length === 0) return;
    const insert = this.#database.prepare(
      `INSERT INTO items (id, label, path, box, source, bytes, modified, embedding) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET label = excluded.label, path = excluded.path, box = excluded.box,
         source = excluded.source, bytes = excluded.bytes, modified = excluded.modified, embedding = excluded.embedding`,
    );
    this.#together(() => {
      for (const { id, label, path, box, source, bytes, modified, embedding } of items) {
        const blob = Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength);
        insert.run([id, label, path, box ? JSON.stringify(box) : null, source ?? null, bytes, modified, blob]);
      }
    });
  }

  remove(ids: readonly string[]): void {
    if (ids.length === 0) return;
    const remove = this.#database.prepare("DELETE FROM items WHERE id = ?");
    this.#together(() => {
      for (const id of ids) remove.run([id]);
    });
  }

  ids(): string[] {
    return (this.#database.prepare("SELECT id FROM items").all([]) as { id: string }[]).map(({ id }) => id);
  }

  byId(id: string): CatalogueItem | undefined {
    return this.#row("id = ?", id);
  }

  byKey(key: number): CatalogueItem | undefined {
    return this.#row("key = ?", key);
  }

  /** A page of items in the order of their keys, after a key. */
  page(after: number, limit: number): CatalogueItem[] {
    const rows = this.#database
      .prepare(`SELECT ${columns} FROM items WHERE key > ? ORDER BY key LIMIT ?`)
      .all([after, limit]);
    return rows.map((row) => rowSchema.parse(row));
  }

  /** Every item with its embedding, a page at a time, so that a large catalogue need not fit into memory. */
  *embeddings(): Generator<{ key: number; embedding: Float32Array }> {
    const select = this.#database.prepare("SELECT key, embedding FROM items WHERE key > ? ORDER BY key LIMIT 512");
    for (let after = -1; ; ) {
      const rows = select.all([after]) as { key: number; embedding: Uint8Array }[];
      if (rows.length === 0) return;
      for (const { key, embedding } of rows) yield { key, embedding: floats(embedding) };
      after = rows.at(-1)!.key;
    }
  }

  embedding(key: number): Float32Array | undefined {
    const row = this.#database.prepare("SELECT embedding FROM items WHERE key = ?").get([key]) as
      | { embedding: Uint8Array }
      | undefined;
    return row && floats(row.embedding);
  }

  close(): void {
    this.#database.close();
  }

  #row(condition: string, value: string | number): CatalogueItem | undefined {
    const row = this.#database.prepare(`SELECT ${columns} FROM items WHERE ${condition}`).get([value]);
    return row ? rowSchema.parse(row) : undefined;
  }

  /** A change of the items: whole, and counted. */
  #together(work: () => void): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.setMeta("revision", String(this.revision + 1));
      this.#database.exec("COMMIT");
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }
}

/**
 * Opens a catalogue that is there.
 *
 * @throws PlumageError "bad-file" where there is none, with this hint
 */
export function openCatalogue(path: string, hint: string): Catalogue {
  if (!existsSync(path)) throw new PlumageError("bad-file", `there is no index in ${dirname(path)}`, hint);
  return new Catalogue(path);
}

/** A blob as floats. libsql gives a view of its own buffer in one call and an ArrayBuffer in another: a copy fits both, and is aligned. */
const floats = (blob: Uint8Array | ArrayBuffer): Float32Array => new Float32Array(new Uint8Array(blob).slice().buffer);
