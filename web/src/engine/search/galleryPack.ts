/** The gallery pack: entries to show and embeddings to search. */

import { assets, text } from "virtual:plumage-assets";
import { type Attribution, type Calibration, parseGallery, parseManifest } from "@plumage/models";
import type { Downloads } from "../files/downloads.ts";
import { EmbeddingRows } from "./cosines/cosines.ts";

/** An image that can be shown and searched for. */
export interface GalleryEntry {
  readonly id: string;
  readonly label: string;
  readonly source: string | undefined;
  /** Offset and length in the pack's thumbnails; a folder's images have one of their own. */
  readonly thumbnail: readonly [number, number] | Blob;
}

export interface GalleryInfo {
  readonly title: string;
  readonly entries: readonly GalleryEntry[];
  readonly attributions: readonly Attribution[];
  readonly thumbnails: Blob;
  /** Number of entries from the user's folder, which come last. */
  readonly folderCount: number;
  /** Whether it can be searched by words. */
  readonly takesWords: boolean;
}

export interface GalleryPack {
  readonly info: GalleryInfo;
  readonly rows: EmbeddingRows;
  /** sha256 of the fp32 model that computed the embeddings. */
  readonly model: string;
  /** What the model's scores mean; undefined if it is not calibrated. */
  readonly calibration: Calibration | undefined;
}

export const galleryFiles = [assets.manifest, assets.gallery, assets.embeddings, assets.thumbnails];

export async function openGallery(downloads: Downloads): Promise<GalleryPack> {
  const [manifest, json, embeddings, thumbnails] = (await Promise.all(
    galleryFiles.map((asset) => downloads.get(asset)),
  )) as [Uint8Array, Uint8Array, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  const { calibration } = parseManifest(new TextDecoder().decode(manifest));
  const gallery = parseGallery(new TextDecoder().decode(json));
  const { title, items, attributions, model, dimension } = gallery;
  const entries = items.map(({ id, label, source, thumbnail }) => ({
    id,
    label,
    source,
    thumbnail,
  }));
  return {
    info: {
      title,
      entries,
      attributions,
      thumbnails: new Blob([thumbnails]),
      folderCount: 0,
      takesWords: text.encoder !== undefined,
    },
    rows: new EmbeddingRows(embeddings, dimension),
    model,
    calibration,
  };
}
