/** JPEGs of the user's images in formats that the browser does not show. */
import type { Engine } from "../../engine/client.ts";
import type { ImageInput } from "../state/query.ts";

export class Renditions {
  readonly #engine: Pick<Engine, "render">;
  readonly #onMade: () => void;
  /** By the URL of the image itself; undefined while one is made, or if none can be. */
  readonly #urls = new Map<string, string | undefined>();

  /** @param onMade called when an image has a new URL */
  constructor(engine: Pick<Engine, "render">, onMade: () => void) {
    this.#engine = engine;
    this.#onMade = onMade;
  }

  /** What an <img> should load. */
  urlOf({ url }: ImageInput): string {
    return this.#urls.get(url) ?? url;
  }

  /** Makes a rendition of an image that the browser did not show. */
  async make({ url, blob }: ImageInput): Promise<void> {
    if (this.#urls.has(url)) return;
    this.#urls.set(url, undefined);
    // A file that cannot be read either fails the search, which says why.
    const rendition = await this.#engine.render(blob, url).catch(() => undefined);
    if (!rendition || !this.#urls.has(url)) return;
    this.#urls.set(url, URL.createObjectURL(rendition));
    this.#onMade();
  }

  /** Frees an image, and its rendition. */
  revoke(url: string): void {
    const rendition = this.#urls.get(url);
    if (rendition) URL.revokeObjectURL(rendition);
    this.#urls.delete(url);
    URL.revokeObjectURL(url);
  }
}
