/** Turns uploaded images into new items, with their ids and embeddings. */
import { imageFormat, PlumageError } from "@plumage/models";
import type { z } from "zod";
import type { NewItem } from "../../collection/item.ts";
import type { Model } from "../../embedder/model.ts";
import { type newItemParamsSchema, newItemSchema } from "../schemas/items.ts";
import type { Upload } from "../upload/readUpload.ts";
import { inTurn } from "./inTurn.ts";

type NewItemParams = z.infer<typeof newItemParamsSchema>;

/** Digits of the image's digest that form a default id. */
const idLength = 32;

/**
 * @param signal stops the work
 * @throws PlumageError "bad-input" if the parameters do not fit the images, "bad-image" for an
 *   image that cannot be decoded, "unavailable" if the queue is full
 */
export async function newItems(
  { images }: Upload,
  params: NewItemParams,
  { reader, embedder }: Pick<Model, "reader" | "embedder">,
  signal: AbortSignal,
): Promise<NewItem[]> {
  checkCounts(images.length, params);
  const modified = Date.now();
  const items = await inTurn(images, signal, async (content, i, signal): Promise<NewItem> => {
    const { pixels, sha256 } = await reader.readWithDigest(content, { signal });
    const { embedding } = await embedder.embed(pixels, signal);
    const fields = params.items?.[i] ?? newItemSchema.parse(params);
    return {
      ...fields,
      id: fields.id ?? sha256.slice(0, idLength),
      box: undefined,
      source: undefined,
      bytes: content.length,
      modified,
      image: { content, name: `${sha256}.${imageFormat(content).toLowerCase()}` },
      embedding,
    };
  });
  const ids = new Set<string>();
  for (const { id } of items) {
    if (ids.has(id)) throw new PlumageError("bad-input", `items: the id ${id} is used twice`);
    ids.add(id);
  }
  return items;
}

function checkCounts(imageCount: number, { id, items }: NewItemParams): void {
  if (items && items.length !== imageCount) {
    throw new PlumageError(
      "bad-input",
      `items: the list has ${items.length} entries for ${imageCount} images`,
    );
  }
  if (id !== undefined && imageCount > 1) {
    throw new PlumageError(
      "bad-input",
      "id: there are several images",
      "give each an id in items, or leave ids out",
    );
  }
}
