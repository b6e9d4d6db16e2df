/** Adding to the gallery and taking from it while the service runs: picture file, catalogue and vector store in step. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { sha256, writeFileWhole } from "@plumage/models/node";
import type { CatalogueItem, Metadata } from "../catalogue/catalogue.ts";
import type { Gallery } from "./nearest.ts";

export interface NewPicture {
  readonly id: string;
  readonly label: string;
  readonly metadata: Metadata;
  /** The picture's file, and its format as sharp names it. */
  readonly bytes: Uint8Array;
  readonly format: string;
  /** Of unit length. */
  readonly embedding: Float32Array;
}

/**
 * A change is acknowledged when it lasts: pictures first, each file whole; then the catalogue, in one transaction, which
 * decides; then the vector store, which can be made from the catalogue again. What a crash leaves between the first step and
 * the second is a file that nothing names, and goes at the next start.
 */
export class Collection {
  readonly #gallery: Gallery;
  readonly #folder: string;
  /** The last change: they follow one another, so that none takes away a file that another is about to name. */
  #last: Promise<unknown> = Promise.resolve();
  /** The catalogue's revision that the vector store is at; another process may have moved the catalogue on. */
  #revision: number;

  private constructor(gallery: Gallery, folder: string) {
    this.#gallery = gallery;
    this.#revision = gallery.catalogue.revision;
    this.#folder = folder;
  }

  /** @param folder of the uploaded pictures; files in it that no item names are removed */
  static async open(gallery: Gallery, folder: string): Promise<Collection> {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      const path = join(folder, name);
      if (!gallery.catalogue.usesFile(path)) await rm(path, { force: true });
    }
    return new Collection(gallery, folder);
  }

  /** Whether the vector store holds just what the catalogue does, and so may be written to disk as that. */
  get isInStep(): boolean {
    return this.#revision === this.#gallery.catalogue.revision;
  }

  /** Resolves when the changes that were asked for are done. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** Adds pictures, or replaces the items of the same ids; all of them or none. */
  add(pictures: readonly NewPicture[]): Promise<CatalogueItem[]> {
    return this.#inTurn(async () => {
      const { catalogue, store } = this.#gallery;
      const modified = Date.now();
      const items = pictures.map(({ id, label, metadata, bytes, format, embedding }) => {
        const path = join(this.#folder, `${sha256(bytes)}.${format}`);
        const about = { box: undefined, source: undefined, uploaded: true, bytes: bytes.length, modified };
        return { id, label, metadata, path, embedding, ...about };
      });
      for (const [i, { path }] of items.entries()) await writeFileWhole(path, pictures[i]!.bytes);
      const before = items.map(({ id }) => catalogue.byId(id));
      const { added, replaced } = this.#counted(() => catalogue.put(items));
      for (const key of replaced) store.remove(key);
      for (const [i, { embedding }] of items.entries()) store.add(added[i]!, embedding);
      await this.#sweep(before);
      return added.map((key) => catalogue.byKey(key)!);
    });
  }

  /** @returns whether there was such an item */
  remove(id: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const { catalogue, store } = this.#gallery;
      const item = catalogue.byId(id);
      if (!item) return false;
      for (const key of this.#counted(() => catalogue.remove([id]))) store.remove(key);
      await this.#sweep([item]);
      return true;
    });
  }

  /** A change that moves the catalogue on by one revision. */
  #counted<Result>(change: () => Result): Result {
    const wasInStep = this.isInStep;
    const result = change();
    if (wasInStep) this.#revision++;
    return result;
  }

  /** Removes the uploaded files of items that have gone, unless another item has the same picture. */
  async #sweep(gone: readonly (CatalogueItem | undefined)[]): Promise<void> {
    for (const item of gone) {
      if (item?.uploaded && !this.#gallery.catalogue.usesFile(item.path)) await rm(item.path, { force: true });
    }
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(change);
    const { catalogue, store } = this.#gallery;
    // A store that could not be compacted is as good as before.
    this.#last = result
      .then(() => (store.isWorthCompacting ? store.compact(catalogue.embeddings()) : undefined))
      .catch(() => undefined);
    return result;
  }
}
