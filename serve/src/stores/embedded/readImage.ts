/** The images of an embedded store: uploads beside the catalog, others where they were indexed. */
import { realpath } from "node:fs/promises";
import { basename, join, parse } from "node:path";
import { indexPaths } from "@plumage/models/node";
import type { Collection } from "../../collection/collection.ts";
import { openImageFile, readWhole } from "../../collection/imageFile.ts";
import type { CollectionItem } from "../../collection/item.ts";

/** @param folder of the index: it may have been moved since the item was uploaded */
export async function readImage(
  folder: string,
  { path, uploaded }: CollectionItem,
): ReturnType<Collection["image"]> {
  if (!uploaded) return openImageFile(path);
  const uploads = await realpath(indexPaths(folder).uploads).catch(() => undefined);
  // Uploads are named by their digest.
  return uploads === undefined
    ? undefined
    : openImageFile(join(uploads, basename(path)), parse(path).name);
}

/** The whole of what readImage opens. */
export async function readContent(
  ...args: Parameters<typeof readImage>
): Promise<Uint8Array | undefined> {
  const file = await readImage(...args);
  return file && readWhole(file);
}
