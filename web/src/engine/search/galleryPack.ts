/** The gallery as it is packed: entries to show, rows to search. */

import { assets } from "virtual:plumage-assets";
import { parseGallery } from "@plumage/models";
import type { Downloads } from "../files/downloads.ts";
import type { GalleryInfo } from "../protocol.ts";
import { EmbeddingRows } from "./cosines/cosines.ts";

export const galleryFiles = [assets.gallery, assets.embeddings, assets.thumbnails];

export interface GalleryPack {
  readonly info: GalleryInfo;
  readonly rows: EmbeddingRows;
  /** sha256 of the fp32 file that made the embeddings. */
  readonly model: string;
}

export async function openGallery(downloads: Downloads): Promise<GalleryPack> {
  const [index, embeddings, packed] = (await Promise.all(
    galleryFiles.map((asset) => downloads.get(asset)),
  )) as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  const gallery = parseGallery(new TextDecoder().decode(index));
  const { title, items, attributions, model, dimension } = gallery;
  const entries = items.map(({ id, label, source, thumbnail }) => ({
    id,
    label,
    source,
    thumbnail,
  }));
  const info = { title, entries, attributions, thumbnails: new Blob([packed]), own: 0 };
  return { info, rows: new EmbeddingRows(embeddings, dimension), model };
}
