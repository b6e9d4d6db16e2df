/** Items, as the API takes and returns them. */
import { z } from "@hono/zod-openapi";
import { unlabeled } from "@plumage/models";
import { comparedTextSchema, metadataSchema, newMetadataSchema } from "../../collection/item.ts";
import { integer, json, modelQuerySchema } from "./fields.ts";

export const pageQuerySchema = modelQuerySchema.extend({
  after: integer(-1, Number.MAX_SAFE_INTEGER)
    .default(-1)
    .openapi({ description: "`next` of the previous page." }),
  limit: integer(1, 1000)
    .default(100)
    .openapi({ description: "Items per page; fewer if they have much metadata." }),
});

export const listQuerySchema = pageQuerySchema.extend({
  suspect: z
    .enum(["label"], "use label")
    .optional()
    .openapi({
      description:
        "`label`: only items that look mislabeled, because most of their nearest neighbors are " +
        "of another label, most suspicious first.",
    }),
});

const idSchema = z
  .string()
  .regex(/^[\w.~-]{1,200}$/, "use up to 200 letters, digits and . _ ~ -")
  .refine((id) => !/^\.+$/.test(id), "use more than dots")
  .openapi({ description: "Defaults to the start of the image's SHA-256." });
const labelSchema = comparedTextSchema
  .min(1, "the label is empty")
  .max(200, "use at most 200 characters");

/** The fields of one new item, as JSON. */
export const newItemSchema = z.object({
  id: idSchema.optional(),
  label: labelSchema.default(unlabeled),
  metadata: newMetadataSchema.default({}),
});

/** The parameters of POST /items, in the query string or as fields of the form. */
export const newItemParamsSchema = modelQuerySchema.extend({
  id: idSchema.optional(),
  label: labelSchema.optional(),
  metadata: json(newMetadataSchema).optional().openapi({
    type: "string",
    description: "A JSON object of strings, numbers and booleans, with at most 64 keys and 16 kB.",
  }),
  items: json(z.array(newItemSchema).max(1000)).optional().openapi({
    type: "string",
    description: "For several images: a JSON list with the id, label and metadata of each.",
  }),
});

export const itemSchema = z
  .object({
    id: z.string(),
    label: z.string(),
    source: z.string().optional().openapi({ description: "Key of the data set's attributions." }),
    metadata: metadataSchema.optional(),
    thumbnail: z
      .string()
      .openapi({ description: "Path of a WebP image of at most 128 x 128 pixels." }),
    image: z.string().openapi({ description: "Path of the image file." }),
  })
  .openapi("Item");

const share = z.number().min(0).max(1);

const listedItemSchema = itemSchema
  .extend({
    suspect: z
      .object({
        suggested: z.string().openapi({ description: "The label of its nearest neighbors." }),
        votes: share.openapi({
          description: "How sure that is: the share of its ten nearest neighbors, by similarity.",
        }),
        ownVotes: share.openapi({ description: "The share for the label that it has." }),
      })
      .optional()
      .openapi({ description: "Only with `suspect=label`." }),
  })
  .openapi("ListedItem");

export const addedItemsSchema = z.object({ items: z.array(itemSchema) }).openapi("Added");

export const pageSchema = z
  .object({
    items: z.array(listedItemSchema),
    total: z.int().openapi({ description: "Items in the gallery, or suspects." }),
    next: z
      .int()
      .nullable()
      .openapi({ description: "Pass it as `after` to get the next page; null on the last." }),
  })
  .openapi("Page");
