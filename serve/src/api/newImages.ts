/** Uploaded images as items to add: named, and embedded. */
import { imageFormat, PlumageError } from "@plumage/models";
import type { z } from "zod";
import type { NewItem } from "../collection/item.ts";
import type { Embedder } from "../embedder/embedder.ts";
import type { ImageReader } from "../images/imageReader.ts";
import { type itemFormSchema, newItemSchema } from "./schemas.ts";
import type { Upload } from "./upload/readUpload.ts";

/** Letters of a digest that make an id. */
const idLength = 32;

/**
 * @throws PlumageError "bad-input" where words and images do not go together, "bad-image" for one
 * that cannot be read,
 *   "unavailable" when too many wait
 */
export async function newImages(
  { images }: Upload,
  { items, ...words }: z.infer<typeof itemFormSchema>,
  { embedder, reader }: { readonly embedder: Embedder; readonly reader: ImageReader },
): Promise<NewItem[]> {
  if (items && items.length !== images.length) {
    throw new PlumageError(
      "bad-input",
      `items: ${items.length} are named, and ${images.length} images were sent`,
    );
  }
  if (words.id !== undefined && images.length > 1) {
    throw new PlumageError(
      "bad-input",
      "id: one id for several images",
      "name each in items, or none",
    );
  }
  const modified = Date.now();
  const added = await Promise.all(
    images.map(async (content, i): Promise<NewItem> => {
      const { pixels, sha256 } = await reader.readKept(content);
      const { embedding } = await embedder.embed(pixels);
      const { id = sha256.slice(0, idLength), ...about } = items?.[i] ?? newItemSchema.parse(words);
      const image = { content, name: `${sha256}.${imageFormat(content).toLowerCase()}` };
      return {
        id,
        ...about,
        box: undefined,
        source: undefined,
        bytes: content.length,
        modified,
        image,
        embedding,
      };
    }),
  );
  const ids = new Set<string>();
  for (const { id } of added) {
    if (ids.has(id)) throw new PlumageError("bad-input", `items: two of them are ${id}`);
    ids.add(id);
  }
  return added;
}
