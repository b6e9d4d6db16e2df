/** The tables of a model's gallery in PostgreSQL; each model has a schema of its own. */
import { PlumageError } from "@plumage/models";
import pg from "pg";
import type { Query } from "./database.ts";

/** Incremented when the tables change. */
export const tablesVersion = "1";
/** PostgreSQL truncates longer names, so two could become one. */
const maxNameLength = 63;

/** @returns the quoted name of the schema that holds a model's gallery */
export function schemaOf(name: string): string {
  const schema = `plumage_${name}`;
  if (schema.length > maxNameLength) {
    throw new PlumageError(
      "bad-input",
      `the model name ${name} is too long for PostgreSQL`,
      "use at most 55 characters",
    );
  }
  return pg.escapeIdentifier(schema);
}

/**
 * The primary key is the id, by which an engine that shards tables can distribute them. The HNSW
 * graph (Malkov and Yashunin 2016, arXiv 1603.09320) is over halfvec, which takes half the memory
 * and allows 4,000 dimensions instead of 2,000. Uploaded images are stored here, where every
 * instance can read them; indexed ones stay in their files.
 */
export const itemTables = (schema: string, dimension: number) => `
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
    USING hnsw ((embedding::halfvec(${dimension})) halfvec_ip_ops)
    WITH (m = 16, ef_construction = 128);
  CREATE TABLE ${schema}.pictures (
    id text PRIMARY KEY REFERENCES ${schema}.items ON DELETE CASCADE,
    content bytea NOT NULL
  );
  ALTER TABLE ${schema}.pictures ALTER COLUMN content SET STORAGE EXTERNAL;`;

/** @throws PlumageError "unsupported" without pgvector 0.8, which introduced iterative scans */
export async function requireVectors(query: Query): Promise<void> {
  const [row] = await query(
    "SELECT extversion AS version FROM pg_extension WHERE extname = 'vector'",
  );
  if (!row)
    throw new PlumageError(
      "unsupported",
      "the database does not have pgvector",
      "run in the database: CREATE EXTENSION vector",
    );
  const [major = 0, minor = 0] = String(row.version).split(".").map(Number);
  if (major === 0 && minor < 8) {
    throw new PlumageError(
      "unsupported",
      `the database has pgvector ${row.version}; 0.8 or later is required`,
      "install it and run in the database: ALTER EXTENSION vector UPDATE",
    );
  }
}

/** sha256 of the model that the gallery belongs to; undefined if there is no gallery. */
export async function galleryModel(query: Query, schema: string): Promise<string | undefined> {
  const [table] = await query("SELECT to_regclass($1) IS NOT NULL AS exists", [`${schema}.meta`]);
  if (!table!.exists) return undefined;
  const rows = await query(
    `SELECT name, value FROM ${schema}.meta WHERE name IN ('tables', 'model')`,
  );
  const meta = Object.fromEntries(rows.map(({ name, value }) => [name, value as string]));
  if (meta.tables !== tablesVersion) {
    throw new PlumageError(
      "mismatch",
      `the gallery has tables of version ${meta.tables}; this is version ${tablesVersion}`,
      `drop them and index again: DROP SCHEMA ${schema} CASCADE`,
    );
  }
  return meta.model;
}
