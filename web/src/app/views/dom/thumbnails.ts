/** Object URLs of thumbnails, created on first use. */
import type { GalleryInfo } from "../../../engine/search/galleryPack.ts";
import { galleryCount } from "../../state/selectors.ts";
import type { State } from "../../state/state.ts";
import type { View } from "./view.ts";

export class Thumbnails implements View {
  #gallery: GalleryInfo | undefined;
  readonly #urls = new Map<number, string>();

  /** Revokes the URLs of a folder that has been replaced. */
  draw({ gallery }: State): void {
    if (!gallery || gallery === this.#gallery) return;
    this.#gallery = gallery;
    for (const [index, url] of this.#urls) {
      if (index < galleryCount(gallery)) continue;
      URL.revokeObjectURL(url);
      this.#urls.delete(index);
    }
  }

  url(index: number): string {
    let url = this.#urls.get(index);
    if (!url) {
      const { entries, thumbnails } = this.#gallery!;
      const { thumbnail } = entries[index]!;
      // Slices refer to the packed file without copying it.
      const slice = ([offset, length]: readonly [number, number]) =>
        thumbnails.slice(offset, offset + length, "image/webp");
      url = URL.createObjectURL(thumbnail instanceof Blob ? thumbnail : slice(thumbnail));
      this.#urls.set(index, url);
    }
    return url;
  }
}
