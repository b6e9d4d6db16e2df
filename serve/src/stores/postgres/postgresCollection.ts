/**
 * The collection in PostgreSQL with pgvector. The service itself is stateless, so several instances
 * can share one gallery.
 */
import { PlumageError } from "@plumage/models";
import {
  type ChangeOptions,
  type Collection,
  type IndexedModel,
  maxPageBytes,
  modelMismatch,
  modelReplaced,
  type NearestOptions,
  type OpenMode,
  type RankedItem,
} from "../../collection/collection.ts";
import { openImageFile, readWhole } from "../../collection/imageFile.ts";
import type { CollectionItem, NewItem } from "../../collection/item.ts";
import type { EmbedUploads } from "../../collection/uploads.ts";
import { adoptModel, outdatedUploads } from "./adoptModel.ts";
import { Database, type Query } from "./database.ts";
import { galleryModel, requireVectors, schemaOf } from "./gallerySchema.ts";
import { nearestItems } from "./nearest.ts";
import { openUpload } from "./openUpload.ts";
import { insertItems, itemColumns, itemOf, recordOf, vectorOf } from "./rows.ts";

export interface PostgresOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** The model's name in the store, which names the schema in the database. */
  readonly name: string;
  readonly model: IndexedModel;
  /** The command that rebuilds the index, for hints. */
  readonly indexCommand: string;
  readonly mode: OpenMode;
  /** For "index": embeds uploaded images of another model. */
  readonly embedUploads?: EmbedUploads | undefined;
}

/** Larger galleries report the planner's estimate instead of an exact count. */
const maxCounted = 100_000;

export class PostgresCollection implements Collection {
  readonly #database: Database;
  readonly #schema: string;
  readonly #model: IndexedModel;

  private constructor(database: Database, { name, model }: PostgresOptions) {
    this.#database = database;
    this.#schema = schemaOf(name);
    this.#model = model;
  }

  /**
   * @param print receives lines for the user
   * @throws PlumageError "unavailable" if the database cannot be reached, "unsupported" without
   *   pgvector 0.8, "bad-file" if there is no gallery, "mismatch" for a gallery of another model
   */
  static async open(
    options: PostgresOptions,
    print: (line: string) => void,
  ): Promise<PostgresCollection> {
    const database = new Database(options.url);
    try {
      if (options.mode === "index") await prepareGallery(database, options, print);
      else await requireGallery(database, options);
      return new PostgresCollection(database, options);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  async size(): Promise<number> {
    const items = `${this.#schema}.items`;
    const [row] = await this.#database.query(
      `SELECT (SELECT count(*) FROM (
          SELECT 1 FROM ${items} LIMIT ${maxCounted + 1}
        ) AS first)::float8 AS counted,
        (SELECT reltuples FROM pg_class WHERE oid = '${items}'::regclass)::float8 AS estimate`,
    );
    const counted = Number(row!.counted);
    return counted <= maxCounted ? counted : Math.max(counted, Number(row!.estimate));
  }

  async revision(): Promise<string> {
    // Keys are never used again, so other items have another sum, count or last key.
    const [row] = await this.#database.query(
      `SELECT count(*)::text AS count, max(key)::text AS last, sum(key)::text AS sum
       FROM ${this.#schema}.items`,
    );
    return [row!.count, row!.last, row!.sum].join(" ");
  }

  async items(ids: readonly string[]): Promise<CollectionItem[]> {
    const rows = await this.#database.query(
      `SELECT ${itemColumns} FROM ${this.#schema}.items WHERE id = ANY($1)`,
      [[...ids]],
    );
    return rows.map(itemOf);
  }

  async embeddings(ids: readonly string[]): Promise<(Float32Array | undefined)[]> {
    const rows = await this.#database.query(
      `SELECT id, embedding::text AS embedding FROM ${this.#schema}.items WHERE id = ANY($1)`,
      [[...ids]],
    );
    const found = new Map(rows.map(({ id, embedding }) => [id, vectorOf(embedding)]));
    return ids.map((id) => found.get(id));
  }

  async page(after: number, limit: number): Promise<CollectionItem[]> {
    const items = `${this.#schema}.items`;
    // Sums the metadata before it is read.
    const rows = await this.#database.query(
      `SELECT ${itemColumns} FROM ${items} JOIN (
         SELECT key AS sized, sum(size) OVER (ORDER BY key) AS total,
           row_number() OVER (ORDER BY key) AS place
         FROM (
           SELECT key, octet_length(metadata::text) AS size FROM ${items}
           WHERE key > $1 ORDER BY key LIMIT $2
         ) AS page
       ) AS sizes ON items.key = sized
       WHERE total <= $3 OR place = 1 ORDER BY items.key`,
      [after, limit, maxPageBytes],
    );
    return rows.map(itemOf);
  }

  async image(item: CollectionItem): ReturnType<Collection["image"]> {
    return item.uploaded
      ? openUpload(this.#database.query, this.#schema, item)
      : openImageFile(item.path);
  }

  async nearest(embedding: Float32Array, options: NearestOptions): Promise<RankedItem[]> {
    const gallery = { schema: this.#schema, model: this.#model };
    try {
      return await nearestItems(embedding, options, gallery, this.#database.query);
    } catch (error) {
      // Another process may have reindexed the gallery between the two statements, which makes the
      // second fail on its dimension.
      const model = await galleryModel(this.#database.query, this.#schema).catch(
        () => this.#model.sha256,
      );
      throw model === this.#model.sha256 ? error : modelReplaced();
    }
  }

  async put(
    items: readonly NewItem[],
    { keepUploads = false }: ChangeOptions = {},
  ): Promise<CollectionItem[]> {
    if (items.length === 0) return [];
    return this.#change(async (query) => {
      // Locking the rows in one order keeps concurrent changes of the same items from deadlocking.
      const ids = items.map(({ id }) => id);
      await query(
        `SELECT id FROM ${this.#schema}.items WHERE id = ANY($1) ORDER BY id FOR UPDATE`,
        [ids],
      );
      const records = JSON.stringify(items.map(recordOf));
      const rows = await query(insertItems(this.#schema), [records, keepUploads]);
      const changed = rows.map(({ id }) => id);
      await query(`DELETE FROM ${this.#schema}.pictures WHERE id = ANY($1)`, [changed]);
      for (const { id, image } of items) {
        if (!("content" in image)) continue;
        const { buffer, byteOffset, byteLength } = image.content;
        // pg requires a Buffer for bytea.
        const content = Buffer.from(buffer, byteOffset, byteLength);
        await query(`INSERT INTO ${this.#schema}.pictures VALUES ($1, $2)`, [id, content]);
      }
      return rows.map(itemOf);
    });
  }

  remove(ids: readonly string[], { keepUploads = false }: ChangeOptions = {}): Promise<number> {
    return this.#change(async (query) => {
      const rows = await query(
        `DELETE FROM ${this.#schema}.items
         WHERE id = ANY($1) AND NOT (uploaded AND $2) RETURNING id`,
        [[...ids], keepUploads],
      );
      return rows.length;
    });
  }

  async indexedIds(): Promise<string[]> {
    const rows = await this.#database.query(
      `SELECT id FROM ${this.#schema}.items WHERE NOT uploaded`,
    );
    return rows.map(({ id }) => String(id));
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** Runs a transaction during which no other process can reindex the gallery. */
  #change<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    return this.#database.transaction(async (query) => {
      const [row] = await query(
        `SELECT value FROM ${this.#schema}.meta WHERE name = 'model' FOR SHARE`,
      );
      if (row?.value !== this.#model.sha256) throw modelReplaced();
      return work(query);
    });
  }
}

/** Creates the gallery's tables, or clears those of another model. */
async function prepareGallery(
  database: Database,
  { name, model, embedUploads }: PostgresOptions,
  print: (line: string) => void,
): Promise<void> {
  // Only some roles may create extensions; requireVectors reports what is missing.
  await database.query("CREATE EXTENSION IF NOT EXISTS vector").catch(() => undefined);
  await requireVectors(database.query);
  const schema = schemaOf(name);
  const outdated = await outdatedUploads(database.query, schema, model);
  const read = async (item: CollectionItem) => {
    const file = await openUpload(database.query, schema, item);
    return file && readWhole(file);
  };
  const uploads = (await embedUploads?.(outdated, read)) ?? new Map();
  if (await database.transaction((query) => adoptModel(query, schema, model, uploads)))
    print("the model has changed: embedding all images again");
}

async function requireGallery(
  database: Database,
  { name, model, indexCommand }: PostgresOptions,
): Promise<void> {
  await requireVectors(database.query);
  const indexed = await galleryModel(database.query, schemaOf(name));
  if (indexed === undefined) {
    const message = `the database has no gallery for the model ${name}`;
    throw new PlumageError("bad-file", message, `run: ${indexCommand}`);
  }
  if (indexed !== model.sha256) throw modelMismatch(indexCommand);
}
