/** Uploaded pictures as items to add: named, and embedded. */
import { webcrypto } from "node:crypto";
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
      const { pixels } = await reader.read(content);
      const [{ embedding }, digest] = await Promise.all([embedder.embed(pixels), sha256Of(content)]);
      const { id = digest.slice(0, idLength), ...about } = items?.[i] ?? newItemSchema.parse(words);
      const picture = { content, name: `${digest}.${pictureFormat(content).toLowerCase()}` };
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

/** Lower-case hexadecimal; computed in a thread, where 20 MB keep nobody waiting. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest("SHA-256", bytes)).toString("hex");
}
