/**
 * The collection in PostgreSQL with pgvector: the service keeps nothing, so that several instances
 * may share one gallery.
 */
import { readFile } from "node:fs/promises";
import { PlumageError } from "@plumage/models";
import {
  type Collection,
  type IndexedModel,
  otherModel,
  type Purpose,
  type RankedItem,
  takenOver,
  type Wanted,
} from "../../collection/collection.ts";
import type { CollectionItem, NewItem } from "../../collection/item.ts";
import { Database, type Query } from "./database.ts";
import { nearestItems } from "./nearest.ts";
import { columns, itemOf, recordOf, returned, vectorOf } from "./rows.ts";
import { adoptModel, galleryModel, requireVectors, schemaOf } from "./tables.ts";

export interface PostgresOptions {
  /** postgres://user:password@host:port/database */
  readonly url: string;
  /** The model's name in the store; each has its own schema in the database. */
  readonly name: string;
  readonly model: IndexedModel;
  /** The command that indexes, for hints. */
  readonly indexCommand: string;
  readonly purpose: Purpose;
}

/** Items up to which they are counted one by one; of more, the planner's estimate is given. */
const mostCounted = 100_000;

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
   * @param print for what a person should know
   * @throws PlumageError "unavailable" if the database cannot be reached, "unsupported" without
   * pgvector 0.8, "bad-file"
   *   where nothing has been indexed, "mismatch" for a gallery of another model
   */
  static async open(
    options: PostgresOptions,
    print: (line: string) => void,
  ): Promise<PostgresCollection> {
    const { url, name, model, indexCommand, purpose } = options;
    const schema = schemaOf(name);
    const database = new Database(url);
    try {
      if (purpose === "index") {
        await database.query("CREATE EXTENSION IF NOT EXISTS vector").catch(() => undefined);
        await requireVectors(database.query);
        if (await database.together((query) => adoptModel(query, schema, model))) {
          print("the model has changed: everything is embedded again");
        }
      } else {
        await requireVectors(database.query);
        const indexed = await galleryModel(database.query, schema);
        if (indexed === undefined) {
          throw new PlumageError(
            "bad-file",
            `the database has no gallery of ${name}`,
            `run: ${indexCommand}`,
          );
        }
        if (indexed !== model.model) {
          throw otherModel(indexCommand);
        }
      }
      return new PostgresCollection(database, options);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  async size(): Promise<number> {
    const items = `${this.#schema}.items`;
    const [row] = await this.#database.query(
      `SELECT (SELECT count(*) FROM (SELECT 1 FROM ${items} LIMIT ${mostCounted + 1}) AS first)::float8 AS counted,
        (SELECT reltuples FROM pg_class WHERE oid = '${items}'::regclass)::float8 AS estimate`,
    );
    const counted = Number(row!.counted);
    return counted <= mostCounted ? counted : Math.max(counted, Number(row!.estimate));
  }

  async items(ids: readonly string[]): Promise<CollectionItem[]> {
    const rows = await this.#database.query(
      `SELECT ${columns} FROM ${this.#schema}.items WHERE id = ANY($1)`,
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
    const rows = await this.#database.query(
      `SELECT ${columns} FROM ${this.#schema}.items WHERE items.key > $1 ORDER BY items.key LIMIT $2`,
      [after, limit],
    );
    return rows.map(itemOf);
  }

  async image({ id, path, uploaded }: CollectionItem): ReturnType<Collection["image"]> {
    if (!uploaded) return readFile(path).catch(() => undefined);
    const [row] = await this.#database.query(
      `SELECT content FROM ${this.#schema}.pictures WHERE id = $1`,
      [id],
    );
    return row?.content as Uint8Array<ArrayBuffer> | undefined;
  }

  async nearest(embedding: Float32Array, wanted: Wanted): Promise<RankedItem[]> {
    const gallery = { schema: this.#schema, model: this.#model };
    try {
      return await nearestItems(embedding, wanted, gallery, this.#database.query);
    } catch (error) {
      // Between two statements the tables may have become another model's, of another dimension.
      const now = await galleryModel(this.#database.query, this.#schema).catch(
        () => this.#model.model,
      );
      throw now === this.#model.model ? error : takenOver();
    }
  }

  async put(items: readonly NewItem[]): Promise<CollectionItem[]> {
    if (items.length === 0) return [];
    return this.#change(async (query) => {
      // Changes of the same items wait for one another here, in one order, rather than stand in
      // each other's way below.
      const ids = items.map(({ id }) => id);
      await query(
        `SELECT id FROM ${this.#schema}.items WHERE id = ANY($1) ORDER BY id FOR UPDATE`,
        [ids],
      );
      const rows = await query(
        `INSERT INTO ${this.#schema}.items
           (id, label, path, box, source, metadata, uploaded, bytes, modified, embedding)
         SELECT id, label, path, box, source, metadata, uploaded, bytes, modified, embedding::vector
         FROM ROWS FROM (jsonb_to_recordset($1) AS (id text, label text, path text, box jsonb, source text, metadata jsonb,
           uploaded boolean, bytes bigint, modified double precision, embedding text)) WITH ORDINALITY
         ORDER BY ordinality
         ON CONFLICT (id) DO UPDATE SET key = DEFAULT, label = excluded.label, path = excluded.path, box = excluded.box,
           source = excluded.source, metadata = excluded.metadata, uploaded = excluded.uploaded, bytes = excluded.bytes,
           modified = excluded.modified, embedding = excluded.embedding
         RETURNING ${returned}`,
        [JSON.stringify(items.map(recordOf))],
      );
      await query(`DELETE FROM ${this.#schema}.pictures WHERE id = ANY($1)`, [ids]);
      for (const { id, image } of items) {
        if (!("content" in image)) continue;
        const { buffer, byteOffset, byteLength } = image.content;
        // pg takes a Buffer for bytea.
        const content = Buffer.from(buffer, byteOffset, byteLength);
        await query(`INSERT INTO ${this.#schema}.pictures VALUES ($1, $2)`, [id, content]);
      }
      return rows.map(itemOf);
    });
  }

  remove(ids: readonly string[]): Promise<number> {
    return this.#change(async (query) => {
      const rows = await query(
        `DELETE FROM ${this.#schema}.items WHERE id = ANY($1) RETURNING id`,
        [[...ids]],
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

  /** A change of the items, while no other process can give the gallery to another model. */
  #change<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    return this.#database.together(async (query) => {
      const [row] = await query(
        `SELECT value FROM ${this.#schema}.meta WHERE name = 'model' FOR SHARE`,
      );
      if (row?.value !== this.#model.model) throw takenOver();
      return work(query);
    });
  }
}
