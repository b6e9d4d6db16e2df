/** Addresses of the gallery's thumbnails, each made when it is first shown. */
import type { GalleryInfo } from "../engine/protocol.ts";

export class Thumbnails {
  readonly #gallery: GalleryInfo;
  readonly #urls = new Map<number, string>();

  constructor(gallery: GalleryInfo) {
    this.#gallery = gallery;
  }

  /** They are never let go of: a slice of the packed file holds no bytes of its own. */
  url(index: number): string {
    let url = this.#urls.get(index);
    if (!url) {
      const [offset, length] = this.#gallery.entries[index]!.thumbnail;
      url = URL.createObjectURL(this.#gallery.thumbnails.slice(offset, offset + length, "image/webp"));
      this.#urls.set(index, url);
    }
    return url;
  }
}
