/** Items, vectors and filters as PostgreSQL has them. */
import { boxSchema } from "@plumage/models";
import { z } from "zod";
import {
  type CollectionItem,
  type ItemFilter,
  metadataSchema,
  type NewItem,
} from "../../collection/item.ts";
import type { Row } from "./database.ts";

/** An item's columns; a bigint would come as text, and is no larger than a double holds. */
export const columns =
  "key::float8 AS key, id, label, path, box, source, metadata, uploaded, bytes::float8 AS bytes, modified";
/** The same behind an INSERT, where what is inserted from has columns of the same names. */
export const returned = columns.replaceAll(/(^|, )(\w+)/g, "$1items.$2");

/** A new item as the JSON that it is inserted from. */
export const recordOf = ({ image, embedding, ...about }: NewItem) => ({
  ...about,
  path: "content" in image ? image.name : image.path,
  uploaded: "content" in image,
  embedding: vectorText(embedding),
});

const rowSchema = z
  .object({
    key: z.number(),
    id: z.string(),
    label: z.string(),
    path: z.string(),
    box: boxSchema.nullable(),
    source: z.string().nullable(),
    metadata: metadataSchema,
    uploaded: z.boolean(),
    bytes: z.number(),
    modified: z.number(),
  })
  .transform(
    ({ box, source, ...rest }): CollectionItem => ({
      ...rest,
      box: box ?? undefined,
      source: source ?? undefined,
    }),
  );

export const itemOf = (row: Row): CollectionItem => rowSchema.parse(row);

/** pgvector's text form: float32 numbers, as many digits as tell them apart. */
export const vectorText = (embedding: Float32Array): string => `[${embedding.join(",")}]`;
export const vectorOf = (text: unknown): Float32Array =>
  Float32Array.from(JSON.parse(String(text)) as number[]);

/**
 * A filter as a condition, with placeholders from `$first` on. Metadata is compared as text, since
 * a query has nothing else; written as containment, so that the GIN index serves it.
 */
export function condition(
  { labels, metadata }: ItemFilter,
  first: number,
): { where: string; values: unknown[] } {
  const values: unknown[] = [];
  const place = (value: unknown) => `$${first - 1 + values.push(value)}`;
  const conditions = labels.length > 0 ? [`label = ANY(${place([...labels])})`] : [];
  for (const [name, value] of Object.entries(metadata)) {
    const either = sameText(value).map(
      (each) => `metadata @> ${place(JSON.stringify({ [name]: each }))}::jsonb`,
    );
    conditions.push(`(${either.join(" OR ")})`);
  }
  return { where: conditions.join(" AND ") || "TRUE", values };
}

/** What metadata may hold that reads like a text: itself, a number, a truth value. */
function sameText(text: string): (string | number | boolean)[] {
  const number = Number(text);
  const isNumber = Number.isFinite(number) && String(number) === text;
  return [
    text,
    ...(isNumber ? [number] : []),
    ...(text === "true" || text === "false" ? [text === "true"] : []),
  ];
}
