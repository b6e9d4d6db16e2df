/** Validates new items that come from another process. */
import { boxSchema } from "@plumage/models";
import { z } from "zod";
import { metadataSchema, type NewItem, textSchema } from "./item.ts";

export const newItemSchema = z
  .object({
    id: textSchema.min(1),
    label: textSchema,
    box: boxSchema.optional(),
    source: textSchema.optional(),
    metadata: metadataSchema,
    bytes: z.number(),
    modified: z.number(),
    image: z.union([
      z.object({ path: z.string() }),
      // The name of a file, not a path.
      z.object({ content: z.instanceof(Uint8Array), name: z.string().regex(/^[\w-][\w.-]*$/) }),
    ]),
    embedding: z.instanceof(Float32Array),
  })
  .transform(({ box, source, ...rest }): NewItem => ({ ...rest, box, source }));
