/** The gallery pack: what a page needs to search without a server, in three files. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeFloat16, type Gallery, gallerySchema, type Manifest, PlumageError } from "@plumage/models";
import { progress, sha256, writeFileWhole } from "@plumage/models/node";
import type { Catalogue, CatalogueItem } from "../catalogue/catalogue.ts";
import { thumbnail } from "../picture.ts";

const thumbnailSide = 96;
const inWork = 16;
const indexAgain = ({ name }: Manifest): string => `run: npm run index -- --name ${name}`;

/**
 * Writes gallery.json, embeddings.f16.bin and thumbnails.bin into a folder: gallery.json last, with the digests of the
 * other two, so that a reader tells a pack that fits together from one that does not.
 *
 * @throws PlumageError "bad-file" for an empty catalogue or a picture that is gone, "mismatch" for one of another model
 */
export async function packGallery(
  catalogue: Catalogue,
  manifest: Manifest,
  out: string,
  signal: AbortSignal,
): Promise<Gallery> {
  const model = catalogue.meta("model");
  if (model === undefined || catalogue.size === 0) {
    throw new PlumageError("bad-file", "the index is empty", indexAgain(manifest));
  }
  if (!manifest.files.some((file) => file.sha256 === model)) {
    throw new PlumageError("mismatch", "the index was built with another model", indexAgain(manifest));
  }
  const vectors: Uint8Array[] = [];
  const pictures: Uint8Array[] = [];
  const items: Gallery["items"] = [];
  const bar = progress("packing", catalogue.size, "pictures");
  let offset = 0;
  for (let after = -1; ; ) {
    signal.throwIfAborted();
    const page = catalogue.page(after, inWork);
    if (page.length === 0) break;
    after = page.at(-1)!.key;
    const small = await Promise.all(page.map((item) => smallPicture(item, manifest)));
    page.forEach(({ key, id, label, source }, i) => {
      const picture = small[i]!;
      vectors.push(encodeFloat16(catalogue.embedding(key)!));
      pictures.push(picture);
      items.push({ id, label, ...(source ? { source } : {}), thumbnail: [offset, picture.length] });
      offset += picture.length;
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
    model,
    title: manifest.dataset.title,
    dimension: manifest.dimension,
    embeddings: { ...(await write("embeddings.f16.bin", vectors)), type: "float16" },
    thumbnails: await write("thumbnails.bin", pictures),
    items,
    attributions: manifest.dataset.attributions,
  });
  await writeFileWhole(join(out, "gallery.json"), JSON.stringify(gallery));
  return gallery;
}

async function smallPicture({ path }: CatalogueItem, manifest: Manifest): Promise<Buffer> {
  try {
    return await thumbnail(await readFile(path), thumbnailSide);
  } catch (cause) {
    throw new PlumageError("bad-file", `${path} is gone or damaged`, indexAgain(manifest), { cause });
  }
}
