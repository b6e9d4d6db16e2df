/** The gallery pack: what a page needs to search without a server, in three files. */
import { join } from "node:path";
import {
  encodeFloat16,
  type Gallery,
  gallerySchema,
  type Manifest,
  PlumageError,
} from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { sha256, writeFileWhole } from "@plumage/models/node";
import type { Collection } from "../collection/collection.ts";
import type { CollectionItem } from "../collection/item.ts";
import { fp32Of } from "../embedder/goldens.ts";
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
  const vectors: Uint8Array[] = [];
  const images: Uint8Array[] = [];
  const items: Gallery["items"] = [];
  const bar = progress("packing", size, "images");
  let offset = 0;
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
      vectors.push(encodeFloat16(embedding));
      images.push(image);
      items.push({ id, label, ...(source ? { source } : {}), thumbnail: [offset, image.length] });
      offset += image.length;
    });
    bar.advance(page.length);
  }
  bar.finish();
  const write = async (file: string, parts: readonly Uint8Array[]) => {
    const bytes = Buffer.concat(parts);
    await writeFileWhole(join(out, file), bytes);
    return { file, bytes: bytes.length, sha256: sha256(bytes) };
  };
  const gallery: Gallery = gallerySchema.parse({
    format: "plumage-gallery/1",
    model: fp32Of(manifest).sha256,
    title: manifest.dataset.title,
    dimension: manifest.dimension,
    embeddings: { ...(await write("embeddings.f16.bin", vectors)), type: "float16" },
    thumbnails: await write("thumbnails.bin", images),
    items,
    attributions: manifest.dataset.attributions,
  });
  await writeFileWhole(join(out, "gallery.json"), JSON.stringify(gallery));
  return gallery;
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
