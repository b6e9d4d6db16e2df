/** Duplicates, as the API returns them. */
import { z } from "@hono/zod-openapi";
import { tierThresholds } from "../../neighbors/duplicates.ts";
import { integer, modelQuerySchema } from "./fields.ts";
import { itemSchema } from "./items.ts";

export const duplicatesQuerySchema = modelQuerySchema.extend({
  tier: z
    .enum(["shot", "scene"], "use shot or scene")
    .default("shot")
    .openapi({
      description:
        `\`shot\`: copies of one photo, or shots of one moment (cosine ${tierThresholds.shot} or ` +
        `more); \`scene\`: the same subject in the same place (${tierThresholds.scene}).`,
    }),
  threshold: z.coerce
    .number("use a number")
    .min(0.5, "use at least 0.5")
    .max(1, "use at most 1")
    .optional()
    .openapi({ description: "Another lowest cosine than the tier's: models differ." }),
  after: integer(-1, Number.MAX_SAFE_INTEGER)
    .default(-1)
    .openapi({ description: "`next` of the previous page." }),
  limit: integer(1, 100)
    .default(20)
    .openapi({ description: "Groups per page; fewer if they are large." }),
  format: z
    .enum(["json", "csv"], "use json or csv")
    .default("json")
    .openapi({ description: "`csv`: all groups from `after` on as one table, a line per item." }),
});

const duplicateSchema = itemSchema
  .omit({ metadata: true })
  .extend({
    score: z.number().openapi({
      description: "Cosine similarity with the item in the middle of the group, which has 1.",
    }),
    width: z.number().optional().openapi({ description: "Pixels of the image, or of its box." }),
    height: z.number().optional(),
    bytes: z.number().openapi({ description: "Size of the file when it was embedded." }),
  })
  .openapi("Duplicate");

export const duplicatesSchema = z
  .object({
    groups: z.array(
      z.object({
        best: z.string().openapi({
          description: "Id of the item with most pixels; among equal ones, with the largest file.",
        }),
        items: z.array(duplicateSchema).openapi({ description: "The best first." }),
      }),
    ),
    threshold: z.number().openapi({ description: "The lowest cosine with the middle." }),
    total: z.int().openapi({ description: "Groups in the gallery." }),
    next: z
      .int()
      .nullable()
      .openapi({ description: "Pass it as `after` to get the next page; null on the last." }),
  })
  .openapi("Duplicates");
