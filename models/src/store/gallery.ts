/**
 * gallery.json: the index of the pack that lets the page search with no server. The blobs beside it
 * are read by the counts here.
 */
import { z } from "zod";
import { attributionSchema } from "./item.ts";

export const galleryItemSchema = z.object({
  id: z.string().min(1),
  label: z.string(),
  source: z.string().optional(),
  /** The thumbnail is bytes [offset, offset + length) of the thumbnails file (WebP). */
  thumbnail: z.tuple([z.int().nonnegative(), z.int().positive()]),
});

const blob = z.object({
  file: z.string().min(1),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const gallerySchema = z.object({
  format: z.literal("plumage-gallery/1"),
  /** sha256 of the fp32 model file that made the embeddings. */
  model: z.string().regex(/^[0-9a-f]{64}$/),
  title: z.string(),
  dimension: z.int().positive(),
  /** count * dimension IEEE half floats, little endian, row by row, in the order of items. */
  embeddings: blob.extend({ type: z.literal("float16") }),
  thumbnails: blob,
  items: z.array(galleryItemSchema).min(1),
  attributions: z.array(attributionSchema),
});
export type Gallery = z.infer<typeof gallerySchema>;
