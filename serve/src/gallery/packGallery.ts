/** The gallery pack: what a page needs to search without a server, in three files. */

import { type Gallery, type Manifest, PlumageError, variantFile } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { GalleryWriter } from "@plumage/models/node";
import type { Collection } from "../collection/collection.ts";
import type { CollectionItem } from "../collection/item.ts";
import { thumbnail } from "../images/thumbnail.ts";

const thumbnailSide = 96;
const inWork = 16;
const indexAgain = ({ name }: Manifest): string => `run: npm run index -- --name ${name}`;

/**
 * Writes gallery.json, embeddings.f16.bin and thumbnails.bin into a folder: gallery.json last, with
 * the digests of the other two, so that a reader tells a pack that fits together from one that does
 * not.
 *
 * @throws PlumageError "bad-file" for an empty collection or an image that is gone
 */
export async function packGallery(
  collection: Collection,
  manifest: Manifest,
  out: string,
  signal: AbortSignal,
): Promise<Gallery> {
  const size = await collection.size();
  if (size === 0) throw new PlumageError("bad-file", "the index is empty", indexAgain(manifest));
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
    const page = await collection.page(after, inWork);
    if (page.length === 0) break;
    after = page.at(-1)!.key;
    const small = await Promise.all(page.map((item) => smallImage(collection, item, manifest)));
    const embeddings = await collection.embeddings(page.map(({ id }) => id));
    page.forEach(({ id, label, source }, i) => {
      const [image, embedding] = [small[i]!, embeddings[i]];
      // Removed since the page was read, by a server that runs meanwhile.
      if (!embedding) return;
      pack.add({ id, label, source, embedding, thumbnail: image });
    });
    bar.advance(page.length);
  }
  bar.finish();
  return pack.write(out);
}

async function smallImage(
  collection: Collection,
  item: CollectionItem,
  manifest: Manifest,
): Promise<Buffer> {
  try {
    const image = await collection.image(item);
    if (!image) throw new Error("there is no such file");
    return await thumbnail(image, thumbnailSide);
  } catch (cause) {
    throw new PlumageError("bad-file", `${item.path} is gone or damaged`, indexAgain(manifest), {
      cause,
    });
  }
}
