/** Uploaded pictures as items to add: named, and embedded. */
import { PlumageError, pictureFormat } from "@plumage/models";
import type { z } from "zod";
import type { NewItem } from "../collection/item.ts";
import type { Embedder } from "../embedder/embedder.ts";
import type { PictureReader } from "../pictures/pictureReader.ts";
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
  { embedder, reader }: { readonly embedder: Embedder; readonly reader: PictureReader },
): Promise<NewItem[]> {
  if (items && items.length !== pictures.length) {
    throw new PlumageError("bad-input", `items: ${items.length} are named, and ${pictures.length} pictures were sent`);
  }
  if (words.id !== undefined && pictures.length > 1) {
    throw new PlumageError("bad-input", "id: one id for several pictures", "name each in items, or none");
  }
  const modified = Date.now();
  const added = await Promise.all(
    pictures.map(async (content, i): Promise<NewItem> => {
      const { pixels, sha256 } = await reader.readKept(content);
      const { embedding } = await embedder.embed(pixels);
      const { id = sha256.slice(0, idLength), ...about } = items?.[i] ?? newItemSchema.parse(words);
      const picture = { content, name: `${sha256}.${pictureFormat(content).toLowerCase()}` };
      return { id, ...about, box: undefined, source: undefined, bytes: content.length, modified, picture, embedding };
    }),
  );
  const ids = new Set<string>();
  for (const { id } of added) {
    if (ids.has(id)) throw new PlumageError("bad-input", `items: two of them are ${id}`);
    ids.add(id);
  }
  return added;
}
