/** Building blocks of the API's schemas. */
import { z } from "@hono/zod-openapi";
import { textSchema } from "../../collection/item.ts";

/** An integer in a query string or a form. */
export const integer = (min: number, max: number) =>
  z.coerce
    .number("use a number")
    .int("use an integer")
    .min(min, `use at least ${min}`)
    .max(max, `use at most ${max}`);

/** A parameter that may be repeated; a single one is a list of one. */
export const repeatable = (description: string, schema = textSchema, maxCount = 100) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat())
    .pipe(z.array(schema.max(400)).max(maxCount, `use at most ${maxCount}`))
    .optional()
    .openapi({ type: "array", items: { type: "string" }, description });

/** JSON text that must match a schema. */
export const json = <Schema extends z.ZodType>(schema: Schema) =>
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

/** The parameter that every route takes which works with a model. */
export const modelQuerySchema = z.object({
  model: z
    .string()
    .optional()
    .openapi({ description: "Name of the model, if several are served. Default: the first." }),
});

/** The path parameter of an item's routes. */
export const idParamSchema = z.object({
  id: textSchema.min(1).max(400).openapi({ description: "The item's id." }),
});

/** The request of a route of one item. */
export const itemRequest = { params: idParamSchema, query: modelQuerySchema };

export const modelSchema = z
  .object({
    name: z.string().openapi({ description: "Name of the model in the store." }),
    sha256: z.string().openapi({ description: "SHA-256 of the model file." }),
  })
  .openapi("Model");
