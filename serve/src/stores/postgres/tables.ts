/** The tables of one model's gallery in PostgreSQL, each model's in a schema of its own. */
import { PlumageError } from "@plumage/models";
import pg from "pg";
import type { IndexedModel } from "../../collection/collection.ts";
import type { Query } from "./database.ts";

/** Goes up when the tables change. */
const tablesVersion = "1";
/** PostgreSQL cuts longer names off, and two could become one. */
const longestName = 63;
/** pgvector's limit for an HNSW graph over half floats. */
const mostDimensions = 4000;

/** @returns the quoted name of the schema that holds a model's gallery */
export function schemaOf(name: string): string {
  const schema = `plumage_${name}`;
  if (schema.length > longestName) {
    throw new PlumageError(
      "bad-input",
      `the name ${name} is too long for PostgreSQL`,
      "use 55 characters at most",
    );
  }
  return pg.escapeIdentifier(schema);
}

/**
 * Items by their id, so that an engine that spreads rows over machines can do it by that.
 * Embeddings as they came, and a graph over half floats of them (Malkov and Yashunin 2016, arXiv
 * 1603.09320): half the memory, and up to 4,000 dimensions instead of 2,000. Images that were
 * uploaded are here, for every instance; others stay in their files.
 */
const itemTables = (schema: string, dimension: number) => `
  CREATE TABLE ${schema}.items (
    id text PRIMARY KEY,
    key bigint GENERATED ALWAYS AS IDENTITY,
    label text NOT NULL,
    path text NOT NULL,
    box jsonb,
    source text,
    metadata jsonb NOT NULL,
    uploaded boolean NOT NULL,
    bytes bigint NOT NULL,
    modified double precision NOT NULL,
    embedding vector(${dimension}) NOT NULL
  );
  CREATE INDEX items_key ON ${schema}.items (key);
  CREATE INDEX items_label ON ${schema}.items (label);
  CREATE INDEX items_metadata ON ${schema}.items USING gin (metadata jsonb_path_ops);
  CREATE INDEX items_near ON ${schema}.items
    USING hnsw ((embedding::halfvec(${dimension})) halfvec_ip_ops) WITH (m = 16, ef_construction = 128);
  CREATE TABLE ${schema}.pictures (
    id text PRIMARY KEY REFERENCES ${schema}.items ON DELETE CASCADE,
    content bytea NOT NULL
  );
  ALTER TABLE ${schema}.pictures ALTER COLUMN content SET STORAGE EXTERNAL;`;

/**
 * @throws PlumageError "unsupported" without pgvector 0.8, which brought the scan that goes on
 * behind a filter
 */
export async function requireVectors(query: Query): Promise<void> {
  const [row] = await query(
    "SELECT extversion AS version FROM pg_extension WHERE extname = 'vector'",
  );
  if (!row)
    throw new PlumageError(
      "unsupported",
      "the database has no pgvector",
      "run in it: CREATE EXTENSION vector",
    );
  const [major = 0, minor = 0] = String(row.version).split(".").map(Number);
  if (major === 0 && minor < 8) {
    throw new PlumageError(
      "unsupported",
      `the database has pgvector ${row.version}, and 0.8 is needed`,
      "install it and run in the database: ALTER EXTENSION vector UPDATE",
    );
  }
}

/** The model that a gallery is of; undefined where there is no gallery. */
export async function galleryModel(query: Query, schema: string): Promise<string | undefined> {
  const [there] = await query("SELECT to_regclass($1) IS NOT NULL AS yes", [`${schema}.meta`]);
  if (!there!.yes) return undefined;
  const rows = await query(
    `SELECT name, value FROM ${schema}.meta WHERE name IN ('tables', 'model')`,
  );
  const meta = Object.fromEntries(rows.map(({ name, value }) => [name, value as string]));
  if (meta.tables !== tablesVersion) {
    throw new PlumageError(
      "mismatch",
      `the gallery's tables are of version ${meta.tables}, and this is version ${tablesVersion}`,
      `drop them and index again: DROP SCHEMA ${schema} CASCADE`,
    );
  }
  return meta.model;
}

/**
 * Makes the gallery one of this model's embeddings, within a transaction: those of another model
 * go.
 *
 * @returns whether there were any of another model
 */
export async function adoptModel(
  query: Query,
  schema: string,
  { model, dimension }: IndexedModel,
): Promise<boolean> {
  if (dimension > mostDimensions) {
    throw new PlumageError(
      "unsupported",
      `the model's embeddings have ${dimension} numbers`,
      `pgvector indexes ${mostDimensions}`,
    );
  }
  // Two that index at once follow one another.
  await query("SELECT pg_advisory_xact_lock(hashtext($1))", [schema]);
  const previous = await galleryModel(query, schema);
  if (previous === model) return false;
  await query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await query(
    `CREATE TABLE IF NOT EXISTS ${schema}.meta (name text PRIMARY KEY, value text NOT NULL)`,
  );
  await query(`DROP TABLE IF EXISTS ${schema}.pictures, ${schema}.items`);
  await query(itemTables(schema, dimension));
  const entry = `INSERT INTO ${schema}.meta VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
  await query(entry, ["tables", tablesVersion]);
  await query(entry, ["model", model]);
  return previous !== undefined;
}
