/** What requests and answers look like: checked at run time, and the OpenAPI document. */
import { z } from "@hono/zod-openapi";
import { metadataSchema, textSchema } from "../collection/item.ts";

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

/** A field that may come several times; once is a list of one. */
const list = (description: string, most = 100) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat())
    .pipe(z.array(textSchema.max(400)).max(most, `give at most ${most}`))
    .optional()
    .openapi({ type: "array", items: { type: "string" }, description });

const boxPattern = /^\d+(\.\d+)?(,\d+(\.\d+)?){3}$/;
const named = /^([^=]{1,100})=(.*)$/s;

/** The words of a search, in the address or as fields of the form. */
export const searchQuerySchema = z.object({
  k: kSchema,
  minScore: z.coerce
    .number("use a number")
    .min(-1, "use at least -1")
    .max(1, "use at most 1")
    .optional()
    .openapi({ description: "Lowest cosine similarity of a result." }),
  label: list("Only items of one of these labels."),
  where: list("Only items with this in their metadata: name=value. Several must all hold.").refine(
    (conditions) => (conditions ?? []).every((condition) => named.test(condition)),
    "write name=value",
  ),
  like: list("Ids of items that the results should be like, beside the images."),
  unlike: list("Ids of items that the results should be unlike."),
  box: z
    .string()
    .regex(boxPattern, "write x,y,width,height in pixels")
    .transform((text) => text.split(",").map(Number) as [number, number, number, number])
    .transform(([x, y, width, height]) => ({ x, y, width, height }))
    .refine(({ width, height }) => width > 0 && height > 0, "the box is empty")
    .optional()
    .openapi({
      type: "string",
      pattern: boxPattern.source,
      description: "The part of the first image that counts: x,y,width,height in pixels.",
    }),
});
export type SearchWords = z.infer<typeof searchQuerySchema>;

export const conditionsOf = (where: readonly string[]): Record<string, string> =>
  Object.fromEntries(where.map((condition) => named.exec(condition)!.slice(1) as [string, string]));

const image = { type: "string" as const, format: "binary", minLength: 1 };
const images = { oneOf: [image, { type: "array" as const, items: image }] };
const text = { type: "string" as const };

/**
 * An upload: the image itself as the body, or a form with a field `image`. Stated for the OpenAPI
 * document alone: readUpload takes the body, for an image has more content types than a list would
 * hold.
 */
export const imageBody = {
  description:
    "A JPEG, PNG, WebP, AVIF or GIF image, as the body itself or as the field `image` of a form.",
  required: true,
  content: {
    "image/*": { schema: image },
    "multipart/form-data": {
      schema: { type: "object" as const, properties: { image: image }, required: ["image"] },
    },
  },
};
export const searchBody = {
  description:
    "An image as the body itself; or a form with images in `image` (like these) and `negative` (unlike these) and the words of the address; or nothing, where `like` names items.",
  required: false,
  content: {
    "image/*": { schema: image },
    "multipart/form-data": {
      schema: {
        type: "object" as const,
        properties: {
          image: images,
          negative: images,
          ...Object.fromEntries(Object.keys(searchQuerySchema.shape).map((name) => [name, text])),
        },
      },
    },
  },
};
export const newItemBody = {
  description:
    "An image as the body itself, or a form with images in `image`, 100 at most and 20 MB in all; for several, `items` is a JSON list with the id, label and metadata of each.",
  required: true,
  content: {
    "image/*": { schema: image },
    "multipart/form-data": {
      schema: {
        type: "object" as const,
        properties: { image: images, id: text, label: text, metadata: text, items: text },
        required: ["image"],
      },
    },
  },
};

const idSchema = z
  .string()
  .regex(/^[\w.~-]{1,200}$/, "use up to 200 letters, digits and . _ ~ -")
  .refine((id) => !/^\.+$/.test(id), "dots alone are no id")
  .openapi({ description: "Without it, the start of the image's sha256." });
const labelSchema = textSchema.min(1, "the label is empty").max(200, "use at most 200 characters");

/** What one new item is called, as JSON. */
export const newItemSchema = z.object({
  id: idSchema.optional(),
  label: labelSchema.default("unlabeled"),
  metadata: metadataSchema.default({}),
});

const json = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .string()
    .transform((source, context) => {
      try {
        return JSON.parse(source) as unknown;
      } catch {
        context.addIssue({ code: "custom", message: "this is not JSON" });
        return z.NEVER;
      }
    })
    .pipe(schema);

/** The words that come with new images, in the address or as fields of the form. */
export const itemFormSchema = z.object({
  id: idSchema.optional(),
  label: labelSchema.optional(),
  metadata: json(metadataSchema)
    .optional()
    .openapi({ type: "string", description: "A JSON object of texts, numbers and truth values." }),
  items: json(z.array(newItemSchema).max(1000)).optional().openapi({
    type: "string",
    description: "For several images: a JSON list of their ids, labels and metadata.",
  }),
});

export const modelSchema = z.object({ name: z.string(), sha256: z.string() }).openapi("Model");

export const itemSchema = z
  .object({
    id: z.string(),
    label: z.string(),
    source: z.string().optional().openapi({ description: "Key of the data set's attributions." }),
    metadata: metadataSchema.optional(),
    thumbnail: z
      .string()
      .openapi({ description: "Path of a WebP image of at most 128 x 128 pixels." }),
    image: z.string().openapi({ description: "Path of the image itself." }),
  })
  .openapi("Item");

export const resultSchema = itemSchema
  .extend({
    score: z.number().openapi({ description: "Cosine similarity, 1 for the same direction." }),
  })
  .openapi("Result");

export const resultsSchema = z
  .object({ results: z.array(resultSchema), model: modelSchema })
  .openapi("Results");
export const addedSchema = z.object({ items: z.array(itemSchema) }).openapi("Added");

export const searchSchema = resultsSchema
  .extend({
    timings: z
      .object({
        decode: z.number(),
        preprocess: z.number(),
        embed: z.number(),
        search: z.number(),
        total: z.number(),
      })
      .openapi({ description: "Milliseconds." }),
  })
  .openapi("Search");

export const embeddingSchema = z
  .object({
    embedding: z.array(z.number()),
    pixelsSha256: z
      .string()
      .openapi({ description: "sha256 of the bytes that the network was given." }),
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
