/** Addresses of thumbnails, each made when it is first shown. */
import type { GalleryInfo } from "../../../engine/protocol.ts";

export class Thumbnails {
  #gallery: GalleryInfo;
  readonly #urls = new Map<number, string>();

  constructor(gallery: GalleryInfo) {
    this.#gallery = gallery;
  }

  /**
   * The same gallery with another folder of the person's own behind it, whose old addresses are let
   * go of.
   */
  replace(gallery: GalleryInfo): void {
    this.#gallery = gallery;
    for (const [index, url] of this.#urls) {
      if (index < gallery.entries.length - gallery.own) continue;
      URL.revokeObjectURL(url);
      this.#urls.delete(index);
    }
  }

  url(index: number): string {
    let url = this.#urls.get(index);
    if (!url) {
      const { thumbnail } = this.#gallery.entries[index]!;
      // A slice of the packed file holds no bytes of its own.
      const slice = ([offset, length]: readonly [number, number]) =>
        this.#gallery.thumbnails.slice(offset, offset + length, "image/webp");
      url = URL.createObjectURL(thumbnail instanceof Blob ? thumbnail : slice(thumbnail));
      this.#urls.set(index, url);
    }
    return url;
  }
}
