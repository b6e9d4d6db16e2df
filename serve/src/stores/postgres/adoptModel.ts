/** Claims a gallery in PostgreSQL for a model. */
import { PlumageError } from "@plumage/models";
import type { IndexedModel } from "../../collection/collection.ts";
import type { CollectionItem } from "../../collection/item.ts";
import { type NewEmbeddings, withNewEmbeddings } from "../../collection/uploads.ts";
import type { Query } from "./database.ts";
import { galleryModel, itemTables, tablesVersion } from "./gallerySchema.ts";
import { insertItems, itemColumns, itemOf, vectorText } from "./rows.ts";

/** pgvector's limit for an HNSW graph over halfvec. */
const maxDimension = 4000;
/** Uploaded items inserted at a time. */
const batchSize = 200;

const uploadsOf = async (query: Query, schema: string): Promise<CollectionItem[]> => {
  const select = `SELECT ${itemColumns} FROM ${schema}.items WHERE uploaded ORDER BY items.key`;
  return (await query(select)).map(itemOf);
};

/** Uploaded items whose embeddings are another model's. */
export async function outdatedUploads(
  query: Query,
  schema: string,
  { sha256 }: IndexedModel,
): Promise<CollectionItem[]> {
  const model = await galleryModel(query, schema);
  return model === undefined || model === sha256 ? [] : uploadsOf(query, schema);
}

/**
 * Claims the gallery for a model: drops the indexed items of any other, and keeps uploads with
 * their new embeddings. Runs in a transaction.
 *
 * @returns whether the gallery belonged to another model
 * @throws PlumageError "unavailable" if an upload has no new embedding
 */
export async function adoptModel(
  query: Query,
  schema: string,
  { sha256: model, dimension }: IndexedModel,
  embeddings: NewEmbeddings,
): Promise<boolean> {
  if (dimension > maxDimension) {
    throw new PlumageError(
      "unsupported",
      `the model's embeddings have ${dimension} dimensions`,
      `pgvector indexes at most ${maxDimension}`,
    );
  }
  // Serializes two commands that index at the same time.
  await query("SELECT pg_advisory_xact_lock(hashtext($1))", [schema]);
  const previous = await galleryModel(query, schema);
  if (previous === model) return false;
  await query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await query(
    `CREATE TABLE IF NOT EXISTS ${schema}.meta (name text PRIMARY KEY, value text NOT NULL)`,
  );
  const setMeta = `
    INSERT INTO ${schema}.meta VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
  await query(setMeta, ["tables", tablesVersion]);
  // Before the uploads are read: servers of the other model change nothing from here on.
  await query(setMeta, ["model", model]);
  const uploads = previous ? withNewEmbeddings(await uploadsOf(query, schema), embeddings) : [];
  if (previous) await query(`ALTER TABLE ${schema}.pictures RENAME TO previous_pictures`);
  await query(`DROP TABLE IF EXISTS ${schema}.items CASCADE`);
  await query(itemTables(schema, dimension));
  for (let start = 0; start < uploads.length; start += batchSize) {
    const records = uploads
      .slice(start, start + batchSize)
      .map(({ embedding, ...fields }) => ({ ...fields, embedding: vectorText(embedding) }));
    await query(insertItems(schema), [JSON.stringify(records), false]);
  }
  if (previous) await restoreUploads(query, schema);
  return previous !== undefined;
}

async function restoreUploads(query: Query, schema: string): Promise<void> {
  await query(
    `INSERT INTO ${schema}.pictures SELECT id, content FROM ${schema}.previous_pictures
     WHERE id IN (SELECT id FROM ${schema}.items)`,
  );
  await query(`DROP TABLE ${schema}.previous_pictures`);
}
