/** Parameters and answers of a search: validated at run time, and part of the OpenAPI document. */
import { z } from "@hono/zod-openapi";
import { maxTextLength } from "@plumage/models";
import { comparedTextSchema, textSchema } from "../../collection/item.ts";
import { integer, modelQuerySchema, modelSchema, repeatable } from "./fields.ts";
import { itemSchema } from "./items.ts";

export const kSchema = integer(1, 100)
  .default(12)
  .openapi({ description: "Number of results, from 1 to 100." });

export const diversitySchema = z.coerce
  .number("use a number")
  .min(0, "use at least 0")
  .max(1, "use at most 1")
  .default(0)
  .openapi({
    description:
      "How much results differ from each other, from 0 to 1: with 0.5, a result's cosine with " +
      "those before it counts as much as its score (maximal marginal relevance). Scores stay " +
      "as they are.",
  });

const boxPattern = /^\d+(\.\d+)?(,\d+(\.\d+)?){3}$/;
const conditionPattern = /^([^=]{1,100})=(.*)$/s;

/** A search's parameters, in the query string or as fields of the form. */
export const searchParamsSchema = modelQuerySchema.extend({
  k: kSchema,
  minScore: z.coerce
    .number("use a number")
    .min(-1, "use at least -1")
    .max(1, "use at most 1")
    .optional()
    .openapi({ description: "Lowest cosine similarity of a result." }),
  minConfidence: z.coerce
    .number("use a number")
    .min(0, "use at least 0")
    .max(1, "use at most 1")
    .optional()
    .openapi({ description: "Lowest confidence of a result; the model must be calibrated." }),
  diversity: diversitySchema,
  label: repeatable(
    "Only items with this label; if repeated, with any of the labels.",
    comparedTextSchema,
  ),
  where: repeatable(
    "Only items with this metadata value: name=value. If repeated, all conditions must hold.",
  ).refine(
    (conditions) => (conditions ?? []).every((condition) => conditionPattern.test(condition)),
    "write name=value",
  ),
  text: textSchema
    .trim()
    .min(1, "the text is empty")
    .max(maxTextLength, `use at most ${maxTextLength} characters`)
    .optional()
    .openapi({
      description:
        "Words to search by, instead of an image; the model must have a text encoder. `like`, " +
        "`unlike` and negative images move the results. They have no confidence.",
    }),
  like: repeatable("Id of an item that the results should resemble, in addition to the images."),
  unlike: repeatable("Id of an item that the results should not resemble."),
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
      description: "The part of the first image to search with: x,y,width,height in pixels.",
    }),
});
export type SearchParams = z.infer<typeof searchParamsSchema>;

/** The parsed values of `where`. */
export const parseConditions = (where: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    where.map((condition) => {
      const [, name = "", value = ""] = conditionPattern.exec(condition)!;
      // One by one: "=" and a combining character after it would be composed, too.
      return [name.normalize("NFC"), value.normalize("NFC")];
    }),
  );

const resultSchema = itemSchema
  .extend({
    score: z.number().openapi({ description: "Cosine similarity; 1 for the same direction." }),
    confidence: z
      .number()
      .optional()
      .openapi({
        description:
          "Probability that the item is of the query's class, where half of all queries have no " +
          "match. By its score and its gap to other labels; missing without a calibration, which " +
          "is of images, and in searches by text.",
      }),
  })
  .openapi("Result");

export const resultsSchema = z
  .object({ results: z.array(resultSchema), model: modelSchema })
  .openapi("Results");

export const searchResultsSchema = resultsSchema
  .extend({
    timings: z
      .object({
        decode: z.number(),
        preprocess: z.number(),
        embed: z.number(),
        search: z.number(),
        total: z.number(),
      })
      .openapi({ description: "Milliseconds, summed over the images of the request." }),
    text: z
      .object({
        tokens: z.int().openapi({ description: "Tokens of the text." }),
        used: z.int().openapi({
          description: "Tokens that were searched with: fewer, if the text is too long.",
        }),
      })
      .optional()
      .openapi({ description: "Only of a search by text." }),
  })
  .openapi("Search");

export const embeddingSchema = z
  .object({
    embedding: z.array(z.number()),
    pixelsSha256: z
      .string()
      .openapi({ description: "SHA-256 of the RGB bytes that the network received." }),
    model: modelSchema,
  })
  .openapi("Embedding");
