/** What requests and answers look like: checked at run time, and the OpenAPI document. */
import { z } from "@hono/zod-openapi";

/** Results that one search may ask for. */
export const mostResults = 100;

/** A whole number in a query or a form. */
const whole = (least: number, most: number) =>
  z.coerce
    .number("use a number")
    .int("use a whole number")
    .min(least, `use at least ${least}`)
    .max(most, `use at most ${most}`);

export const kSchema = whole(1, mostResults).default(12);
export const pageQuerySchema = z.object({
  after: whole(-1, Number.MAX_SAFE_INTEGER).default(-1),
  limit: whole(1, 1000).default(100),
});

const picture = { type: "string" as const, format: "binary" };

/**
 * An upload: the picture itself as the body, or a form with a field `image`. Stated for the OpenAPI document alone: readUpload
 * takes the body, for a picture has more content types than a list would hold.
 */
export const imageBody = {
  description: "A JPEG, PNG, WebP, AVIF or GIF picture, as the body itself or as the field `image` of a form.",
  required: true,
  content: {
    "image/*": { schema: picture },
    "multipart/form-data": {
      schema: {
        type: "object" as const,
        properties: { image: picture, k: { type: "string" as const } },
        required: ["image"],
      },
    },
  },
};

export const modelSchema = z.object({ name: z.string(), sha256: z.string() }).openapi("Model");

export const itemSchema = z
  .object({
    id: z.string(),
    label: z.string(),
    source: z.string().optional().openapi({ description: "Key of the data set's attributions." }),
    thumbnail: z.string().openapi({ description: "Path of a WebP picture of at most 128 x 128 pixels." }),
    image: z.string().openapi({ description: "Path of the picture itself." }),
  })
  .openapi("Item");

export const resultSchema = itemSchema
  .extend({ score: z.number().openapi({ description: "Cosine similarity, 1 for the same direction." }) })
  .openapi("Result");

export const searchSchema = z
  .object({
    results: z.array(resultSchema),
    timings: z
      .object({ decode: z.number(), preprocess: z.number(), embed: z.number(), search: z.number(), total: z.number() })
      .openapi({ description: "Milliseconds." }),
    model: modelSchema,
  })
  .openapi("Search");

export const embeddingSchema = z
  .object({
    embedding: z.array(z.number()),
    pixelsSha256: z.string().openapi({ description: "sha256 of the bytes that the network was given." }),
    model: modelSchema,
  })
  .openapi("Embedding");

export const pageSchema = z
  .object({
    items: z.array(itemSchema),
    total: z.int(),
    next: z.int().nullable().openapi({ description: "Give it as `after` for the next page." }),
  })
  .openapi("Page");
