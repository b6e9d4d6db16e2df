/** Uploaded pictures as items to add: named, and embedded. */
import { PlumageError } from "@plumage/models";
import { sha256 } from "@plumage/models/node";
import sharp from "sharp";
import type { z } from "zod";
import type { Embedder } from "../embedder/embedder.ts";
import { modelPixels } from "../picture.ts";
import type { NewPicture } from "../searching/collection.ts";
import { type itemFormSchema, newItemSchema } from "./schemas.ts";
import type { Upload } from "./upload.ts";

/** Letters of a digest that make an id. */
const idLength = 32;

/**
 * @throws PlumageError "bad-input" where words and pictures do not go together, "bad-image" for one that cannot be read,
 *   "unavailable" when too many wait
 */
export async function newPictures(
  { pictures }: Upload,
  { items, ...words }: z.infer<typeof itemFormSchema>,
  embedder: Embedder,
): Promise<NewPicture[]> {
  if (items && items.length !== pictures.length) {
    throw new PlumageError("bad-input", `items: ${items.length} are named, and ${pictures.length} pictures were sent`);
  }
  if (words.id !== undefined && pictures.length > 1) {
    throw new PlumageError("bad-input", "id: one id for several pictures", "name each in items, or none");
  }
  const named = pictures.map((bytes, i) => {
    const { id, ...about } = items?.[i] ?? newItemSchema.parse(words);
    return { id: id ?? sha256(bytes).slice(0, idLength), ...about, bytes };
  });
  const ids = new Set<string>();
  for (const { id } of named) {
    if (ids.has(id)) throw new PlumageError("bad-input", `items: two of them are ${id}`);
    ids.add(id);
  }
  return Promise.all(
    named.map(async (item) => {
      const { pixels } = await modelPixels(item.bytes, embedder.manifest);
      const { embedding } = await embedder.embed(pixels);
      const { format } = await sharp(item.bytes).metadata();
      return { ...item, embedding, format: format === "heif" ? "avif" : format };
    }),
  );
}
