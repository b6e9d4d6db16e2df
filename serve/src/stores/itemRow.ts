/** Items as the stores' tables hold them. */
import { boxSchema } from "@plumage/models";
import { z } from "zod";
import { type CollectionItem, metadataSchema } from "../collection/item.ts";

/** A row of the items table, its JSON columns parsed. */
const itemRowSchema = z
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

export const itemFromRow = (row: unknown): CollectionItem => itemRowSchema.parse(row);
