/**
 * gallery.json: the manifest of the pack that the page searches without a server. Embeddings and
 * thumbnails are two binary files next to it.
 */
import { z } from "zod";
import { attributionSchema } from "./item.ts";
import { parseJson } from "./json.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** Schema of one item of gallery.json. */
export const galleryItemSchema = z.object({
  id: z.string().min(1),
  label: z.string(),
  source: z.string().optional(),
  /** The thumbnail (WebP) is bytes [offset, offset + length) of the thumbnails file. */
  thumbnail: z.tuple([z.int().nonnegative(), z.int().positive()]),
});

const blob = z.object({
  file: z.string().min(1),
  bytes: z.int().nonnegative(),
  sha256,
});

/** Schema of gallery.json: the items of a pack and the digests of its files. */
export const gallerySchema = z.object({
  format: z.literal("plumage-gallery/1"),
  /** sha256 of the fp32 model file that computed the embeddings. */
  model: sha256,
  title: z.string(),
  dimension: z.int().positive(),
  /** [items, dimension] IEEE half floats, little-endian, in the order of the items. */
  embeddings: blob.extend({ type: z.literal("float16") }),
  thumbnails: blob,
  items: z.array(galleryItemSchema).min(1),
  attributions: z.array(attributionSchema),
});
/** The contents of gallery.json. */
export type Gallery = z.infer<typeof gallerySchema>;

/**
 * Parses the text of a gallery.json.
 *
 * @param source its path or URL, for error messages
 * @throws PlumageError "bad-file"
 */
export const parseGallery = (text: string, source = "gallery.json", hint?: string): Gallery =>
  parseJson(text, gallerySchema, source, hint);
