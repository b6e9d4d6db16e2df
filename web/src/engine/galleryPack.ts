/** The gallery in the worker: entries to show, rows to search. */

import { assets } from "virtual:plumage-assets";
import { type Gallery, gallerySchema, refine } from "@plumage/models";
import { EmbeddingRows } from "./cosines/cosines.ts";
import type { Downloads } from "./download.ts";
import type { GalleryInfo, Hit, Refinement } from "./protocol.ts";
import { topK } from "./search.ts";

export const galleryFiles = [assets.gallery, assets.embeddings, assets.thumbnails];

export class GalleryPack {
  readonly info: GalleryInfo;
  readonly #rows: EmbeddingRows;

  private constructor(gallery: Gallery, rows: EmbeddingRows, thumbnails: Blob) {
    const { title, items, attributions } = gallery;
    const entries = items.map(({ id, label, source, thumbnail }) => ({ id, label, source, thumbnail }));
    this.info = { title, entries, attributions, thumbnails };
    this.#rows = rows;
  }

  static async open(downloads: Downloads): Promise<GalleryPack> {
    const [index, embeddings, thumbnails] = (await Promise.all(galleryFiles.map((asset) => downloads.get(asset)))) as [
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
    ];
    const gallery = gallerySchema.parse(JSON.parse(new TextDecoder().decode(index)));
    const rows = new EmbeddingRows(embeddings, gallery.dimension);
    return new GalleryPack(gallery, rows, new Blob([thumbnails]));
  }

  /** The embedding of one entry. */
  row(index: number): Float32Array {
    return this.#rows.row(index);
  }

  /**
   * The k entries nearest to an embedding as it is refined, best first.
   *
   * @param without entries that are left out beside the examples: the one that is searched by
   */
  nearest(embedding: Float32Array, k: number, { more, less, label }: Refinement, without: readonly number[]): Hit[] {
    const rows = (indices: readonly number[]) => indices.map((index) => this.row(index));
    const query = refine(embedding, rows(more), rows(less));
    const known = new Set([...without, ...more, ...less]);
    const wanted = label.toLowerCase();
    const { entries } = this.info;
    return topK(
      this.#rows.cosines(query),
      k,
      (index) => !known.has(index) && entries[index]!.label.toLowerCase().includes(wanted),
    );
  }
}
