/** The gallery in the worker: entries to show, rows to search. */

import { assets } from "virtual:plumage-assets";
import { decodeFloat16, type Gallery, gallerySchema } from "@plumage/models";
import type { Downloads } from "./download.ts";
import type { GalleryInfo, Hit } from "./protocol.ts";
import { cosines, normaliseRows, topK } from "./search.ts";

export class GalleryPack {
  readonly info: GalleryInfo;
  readonly #dimension: number;
  /** [count, dimension], each row of unit length. */
  readonly #rows: Float32Array;

  private constructor(gallery: Gallery, rows: Float32Array, thumbnails: Blob) {
    const { title, items, attributions } = gallery;
    const entries = items.map(({ id, label, source, thumbnail }) => ({ id, label, source, thumbnail }));
    this.info = { title, entries, attributions, thumbnails };
    this.#dimension = gallery.dimension;
    this.#rows = rows;
  }

  static async open(downloads: Downloads): Promise<GalleryPack> {
    const [index, embeddings, thumbnails] = await Promise.all([
      downloads.get(assets.gallery),
      downloads.get(assets.embeddings),
      downloads.get(assets.thumbnails),
    ]);
    const gallery = gallerySchema.parse(JSON.parse(new TextDecoder().decode(index)));
    const rows = decodeFloat16(embeddings);
    normaliseRows(rows, gallery.dimension);
    return new GalleryPack(gallery, rows, new Blob([thumbnails]));
  }

  /** The k entries nearest to an embedding, best first. */
  nearest(embedding: Float32Array, k: number): Hit[] {
    return topK(cosines(this.#rows, embedding), k);
  }

  /** The k entries nearest to an entry, itself left out. */
  neighbours(index: number, k: number): Hit[] {
    const row = this.#rows.subarray(index * this.#dimension, (index + 1) * this.#dimension);
    const others = this.nearest(row, k + 1).filter((hit) => hit.index !== index);
    return others.slice(0, k);
  }
}
