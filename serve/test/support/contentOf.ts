import type { Collection } from "../../src/collection/collection.ts";
import { readWhole } from "../../src/collection/imageFile.ts";
import type { CollectionItem } from "../../src/collection/item.ts";

/** The encoded image of an item that has one. */
export async function contentOf(
  collection: Collection,
  item: CollectionItem,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readWhole((await collection.image(item))!);
  // PostgreSQL's are Buffers.
  return new Uint8Array(bytes);
}
