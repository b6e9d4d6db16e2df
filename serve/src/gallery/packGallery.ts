/** Packs a collection for the page, which searches it without a server. */
import {
  type Gallery,
  isPlumageError,
  type Manifest,
  PlumageError,
  variantFile,
} from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { GalleryWriter } from "@plumage/models/node";
import type { Collection } from "../collection/collection.ts";
import { readWhole } from "../collection/imageFile.ts";
import type { CollectionItem } from "../collection/item.ts";
import type { ImageReader } from "../images/imageReader.ts";

const thumbnailSize = 96;
/** Thumbnails made at a time. */
const batchSize = 16;

interface Sources {
  readonly collection: Collection;
  readonly reader: Pick<ImageReader, "thumbnail">;
}

/**
 * Writes the gallery pack into a folder.
 *
 * @throws PlumageError "bad-file" for an empty collection, or an image that is missing or cannot be
 *   decoded
 */
export async function packGallery(
  { collection, reader }: Sources,
  manifest: Manifest,
  out: string,
  signal: AbortSignal,
): Promise<Gallery> {
  const size = await collection.size();
  if (size === 0) throw new PlumageError("bad-file", "the index is empty", indexHint(manifest));
  const { title, attributions } = manifest.dataset;
  const pack = new GalleryWriter({
    model: variantFile(manifest).sha256,
    title,
    dimension: manifest.dimension,
    attributions,
  });
  const bar = progress("packing", size, "images");
  for (let after = -1; ; ) {
    signal.throwIfAborted();
    const page = await collection.page(after, batchSize);
    if (page.length === 0) break;
    after = page.at(-1)!.key;
    const thumbnails = await Promise.all(
      page.map((item) => thumbnailOf(item, { collection, reader }, manifest)),
    );
    const embeddings = await collection.embeddings(page.map(({ id }) => id));
    for (const [i, { id, label, source }] of page.entries()) {
      const embedding = embeddings[i];
      // A running server may have removed the item since the page was read.
      if (!embedding) continue;
      pack.add({ id, label, source, embedding, thumbnail: thumbnails[i]! });
    }
    bar.advance(page.length);
  }
  bar.finish();
  return pack.write(out);
}

async function thumbnailOf(
  item: CollectionItem,
  { collection, reader }: Sources,
  manifest: Manifest,
): Promise<Uint8Array> {
  try {
    const image = await collection.image(item);
    if (!image) throw new Error("there is no such file");
    return await reader.thumbnail(await readWhole(image), thumbnailSize);
  } catch (cause) {
    const isBadImage = isPlumageError(cause) && cause.code === "bad-image";
    const message = `${item.path}: ${isBadImage ? cause.message : "the file cannot be read"}`;
    throw new PlumageError("bad-file", message, indexHint(manifest), { cause });
  }
}

const indexHint = ({ name }: Manifest): string => `run: npm run index -- --name ${name}`;
