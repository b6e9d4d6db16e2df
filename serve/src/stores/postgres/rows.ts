/** Items, embeddings and filters in PostgreSQL's SQL. */
import type { CollectionItem, ItemFilter, NewItem } from "../../collection/item.ts";
import { itemFromRow } from "../itemRow.ts";
import type { Row } from "./database.ts";

/** pg returns a bigint as text; ours fit into a double. */
export const itemColumns =
  "key::float8 AS key, id, label, path, box, source, metadata, uploaded, " +
  "bytes::float8 AS bytes, modified";
/** The same in RETURNING, where the rows inserted from have columns of the same names. */
export const returnedColumns = itemColumns.replaceAll(/(^|, )(\w+)/g, "$1items.$2");

export const itemOf = (row: Row): CollectionItem => itemFromRow(row);

/** A new item as a JSON record for `insertItems`. */
export const recordOf = ({ image, embedding, ...fields }: NewItem) => ({
  ...fields,
  path: "content" in image ? image.name : image.path,
  uploaded: "content" in image,
  embedding: vectorText(embedding),
});

/**
 * Inserts the JSON list $1 of records in order; an item that is replaced gets a new key. If $2 is
 * true, uploaded items are not replaced.
 */
export const insertItems = (schema: string) => `
  INSERT INTO ${schema}.items
    (id, label, path, box, source, metadata, uploaded, bytes, modified, embedding)
  SELECT id, label, path, box, source, metadata, uploaded, bytes, modified, embedding::vector
  FROM ROWS FROM (jsonb_to_recordset($1) AS (id text, label text, path text, box jsonb,
    source text, metadata jsonb, uploaded boolean, bytes bigint, modified double precision,
    embedding text)) WITH ORDINALITY
  ORDER BY ordinality
  ON CONFLICT (id) DO UPDATE SET key = DEFAULT, label = excluded.label, path = excluded.path,
    box = excluded.box, source = excluded.source, metadata = excluded.metadata,
    uploaded = excluded.uploaded, bytes = excluded.bytes, modified = excluded.modified,
    embedding = excluded.embedding
  WHERE NOT (items.uploaded AND $2)
  RETURNING ${returnedColumns}`;

/** pgvector's text form, with enough digits for the exact float32 values. */
export const vectorText = (embedding: Float32Array): string => `[${embedding.join(",")}]`;
export const vectorOf = (text: unknown): Float32Array =>
  Float32Array.from(JSON.parse(String(text)) as number[]);

/**
 * A filter as a condition with placeholders from `$first` on. Queries are text, so metadata is
 * compared as text; conditions are written as containment, which the GIN index supports.
 */
export function filterCondition(
  { labels, metadata }: ItemFilter,
  first: number,
): { where: string; values: unknown[] } {
  const values: unknown[] = [];
  const placeholder = (value: unknown) => `$${first - 1 + values.push(value)}`;
  const conditions = labels.length > 0 ? [`label = ANY(${placeholder([...labels])})`] : [];
  for (const [name, value] of Object.entries(metadata)) {
    const alternatives = valuesWithText(value).map(
      (each) => `metadata @> ${placeholder(JSON.stringify({ [name]: each }))}::jsonb`,
    );
    conditions.push(`(${alternatives.join(" OR ")})`);
  }
  return { where: conditions.join(" AND ") || "TRUE", values };
}

/** The metadata values that are written as this text: a string, and perhaps a number or boolean. */
function valuesWithText(text: string): (string | number | boolean)[] {
  const number = Number(text);
  const isNumber = Number.isFinite(number) && String(number) === text;
  return [
    text,
    ...(isNumber ? [number] : []),
    ...(text === "true" || text === "false" ? [text === "true"] : []),
  ];
}
