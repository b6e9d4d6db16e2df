/** Embeds uploaded images again, for a gallery that changes to another model. */
import { isPlumageError, PlumageError } from "@plumage/models";
import { printableName, progress } from "@plumage/models/cli";
import type { CollectionItem } from "../collection/item.ts";
import type { EmbedUploads } from "../collection/uploads.ts";
import type { Model } from "../embedder/model.ts";

const batchSize = 32;

/**
 * Nothing is changed until all are embedded, so an interrupted run loses nothing.
 *
 * @throws PlumageError "bad-image" that names an image that the model cannot take
 */
export const embedUploadsWith =
  (
    model: Pick<Model, "reader" | "embedder">,
    signal: AbortSignal,
    print: (line: string) => void,
  ): EmbedUploads =>
  async (items, read) => {
    const embeddings = new Map<number, Float32Array | undefined>();
    const bar = progress("embedding uploads", items.length, "images");
    for (let start = 0; start < items.length; start += batchSize) {
      signal.throwIfAborted();
      const batch = items.slice(start, start + batchSize);
      const embedded = await Promise.all(
        batch.map(async (item) => {
          const content = await read(item);
          if (content) return embed(item, content, model);
          print(`removed the upload ${printableName(item.id)}: its image is gone`);
          return undefined;
        }),
      );
      for (const [i, { key }] of batch.entries()) embeddings.set(key, embedded[i]);
      bar.advance(batch.length);
    }
    bar.finish();
    return embeddings;
  };

async function embed(
  { id }: CollectionItem,
  content: Uint8Array,
  { reader, embedder }: Pick<Model, "reader" | "embedder">,
): Promise<Float32Array> {
  try {
    const { pixels } = await reader.read(content);
    return (await embedder.embed(pixels)).embedding;
  } catch (error) {
    if (!isPlumageError(error) || error.code !== "bad-image") throw error;
    throw new PlumageError(
      "bad-image",
      `the uploaded image ${id} cannot be embedded with this model: ${error.message}`,
      "delete it with a server of the previous model, and repeat this command",
      { cause: error },
    );
  }
}
