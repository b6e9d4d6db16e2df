/** Uploaded images when a gallery changes to another model: their embeddings are made anew. */
import { PlumageError } from "@plumage/models";
import type { CollectionItem } from "./item.ts";

/** By the item's key; undefined for an item whose image is gone. */
export type NewEmbeddings = ReadonlyMap<number, Float32Array | undefined>;

/** Embeds uploaded images with the new model, before anything is changed. */
export type EmbedUploads = (
  items: readonly CollectionItem[],
  read: (item: CollectionItem) => Promise<Uint8Array | undefined>,
) => Promise<NewEmbeddings>;

/**
 * Pairs uploaded items with their new embeddings, and leaves out those whose image is gone.
 *
 * @throws PlumageError "unavailable" if one was uploaded after the others were embedded
 */
export const withNewEmbeddings = (
  items: readonly CollectionItem[],
  embeddings: NewEmbeddings,
): (CollectionItem & { readonly embedding: Float32Array })[] =>
  items.flatMap((item) => {
    if (!embeddings.has(item.key))
      throw new PlumageError(
        "unavailable",
        `the uploaded image ${item.id} has not been embedded with this model`,
        "repeat this command",
      );
    const embedding = embeddings.get(item.key);
    return embedding ? [{ ...item, embedding }] : [];
  });
