/** Items, embeddings and filters in the catalog's SQL. */
import type { CollectionItem, ItemFilter } from "../../collection/item.ts";
import { itemFromRow } from "../itemRow.ts";

export type NewRow = Omit<CollectionItem, "key"> & { readonly embedding: Float32Array };

/** What SELECT returns for `itemColumns`. */
interface Row {
  readonly box: string | null;
  readonly metadata: string;
  readonly uploaded: number;
}

export const itemColumns = "key, id, label, path, box, source, metadata, uploaded, bytes, modified";

/** SQLite has no JSON or boolean type: JSON is text, a boolean a number. */
export function itemOf(row: unknown): CollectionItem {
  const { box, metadata, uploaded, ...rest } = row as Row;
  return itemFromRow({
    ...rest,
    box: box === null ? null : JSON.parse(box),
    metadata: JSON.parse(metadata),
    uploaded: uploaded !== 0,
  });
}

/** The values of `insertItem`, in order. */
export const valuesOf = (item: NewRow) => [
  item.id,
  item.label,
  item.path,
  item.box ? JSON.stringify(item.box) : null,
  item.source ?? null,
  JSON.stringify(item.metadata),
  item.uploaded ? 1 : 0,
  item.bytes,
  item.modified,
];

export const insertItem = `
  INSERT INTO items (id, label, path, box, source, metadata, uploaded, bytes, modified)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key`;

export const blobOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/**
 * A blob as floats. libsql returns a view of its own buffer from one call and an ArrayBuffer from
 * another: a copy handles both, and is aligned.
 */
export const floatsOf = (blob: Uint8Array | ArrayBuffer): Float32Array =>
  new Float32Array(new Uint8Array(blob).slice().buffer);

/** A filter as a condition on the items table. Metadata is compared as text, as a query has it. */
export function filterCondition({ labels, metadata }: ItemFilter): {
  where: string;
  values: string[];
} {
  const conditions = ["TRUE"];
  const values: string[] = [];
  if (labels.length > 0) {
    conditions.push(`label IN (${labels.map(() => "?").join(", ")})`);
    values.push(...labels);
  }
  for (const [name, value] of Object.entries(metadata)) {
    conditions.push(`EXISTS (
      SELECT 1 FROM json_each(metadata) AS e WHERE e.key = ? AND ? = CASE e.type
        WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(e.value AS TEXT) END)`);
    values.push(name, value);
  }
  return { where: conditions.join(" AND "), values };
}

/** Sums the metadata before it is read. Its values: the key before, the limit, and the bytes. */
export const selectPage = `
  SELECT ${itemColumns} FROM items JOIN (
    SELECT key AS sized, sum(bytes) OVER (ORDER BY key) AS total, row_number() OVER (ORDER BY key)
      AS place
    FROM (
      SELECT key, length(CAST(metadata AS BLOB)) AS bytes FROM items
      WHERE key > ? ORDER BY key LIMIT ?
    )
  ) ON key = sized
  WHERE total <= ? OR place = 1 ORDER BY key`;
