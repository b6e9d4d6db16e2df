/**
 * The collection in files beside the model: SQLite is the truth, usearch finds, uploaded images lie
 * in a folder.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { indexPaths, writeFileWhole } from "@plumage/models/node";
import {
  type Collection,
  type IndexedModel,
  otherModel,
  type Purpose,
  type RankedItem,
  takenOver,
  type Wanted,
} from "../../collection/collection.ts";
import type { CollectionItem, NewItem } from "../../collection/item.ts";
import { Catalog, openCatalog } from "./catalog.ts";
import { openIndex, saveIndex } from "./indexFile.ts";
import { nearestItems, type Searched } from "./nearest.ts";

export interface EmbeddedOptions {
  /** The folder of the index; uploads lie below it. */
  readonly folder: string;
  readonly model: IndexedModel;
  /** The command that indexes, for hints. */
  readonly indexCommand: string;
  /**
   * Only "serve" removes uploads that no item names: another process could be about to name them.
   */
  readonly purpose: Purpose;
}

export function readImage({ path }: CollectionItem): ReturnType<Collection["image"]> {
  return readFile(path).catch(() => undefined);
}

/**
 * A change is acknowledged when it lasts: images first, each file whole; then the catalog, in one
 * transaction, which decides; then the graph, which can be made from the catalog again. What a
 * crash leaves between the first step and the second is a file that nothing names, and goes at the
 * next start.
 */
export class EmbeddedCollection implements Collection {
  readonly #catalog: Catalog;
  readonly #store: Searched["store"];
  readonly #folder: string;
  readonly #model: IndexedModel;
  /**
   * The last change: they follow one another, so that none takes away a file that another is about
   * to name.
   */
  #last: Promise<unknown> = Promise.resolve();
  /**
   * The catalog's revision that the graph is at; another process may have moved the catalog on.
   */
  #revision: number;
  readonly #openedAt: number;

  private constructor({ catalog, store }: Searched, { folder, model }: EmbeddedOptions) {
    this.#catalog = catalog;
    this.#store = store;
    this.#folder = folder;
    this.#model = model;
    this.#revision = this.#openedAt = catalog.revision;
  }

  /**
   * @param print for what a person should know: a graph that is built again, a model that has
   * changed
   * @throws PlumageError "bad-file" without a catalog, or for a file that is none; "mismatch" for
   * one of another model
   */
  static async open(
    options: EmbeddedOptions,
    print: (line: string) => void,
  ): Promise<EmbeddedCollection> {
    const { folder, model, indexCommand, purpose } = options;
    const path = indexPaths(folder).catalog;
    const catalog =
      purpose === "index" ? new Catalog(path) : openCatalog(path, `run: ${indexCommand}`);
    try {
      if (purpose === "index") {
        if (catalog.adopt(model.model))
          print("the model has changed: everything is embedded again");
      } else if (catalog.meta("model") !== model.model) {
        throw otherModel(indexCommand);
      }
      const store = await openIndex(folder, catalog, model, print);
      const collection = new EmbeddedCollection({ catalog, store }, options);
      if (purpose === "serve") await collection.#removeUnnamed();
      return collection;
    } catch (error) {
      catalog.close();
      throw error;
    }
  }

  async size(): Promise<number> {
    return this.#catalog.size;
  }

  async items(ids: readonly string[]): Promise<CollectionItem[]> {
    return ids.map((id) => this.#catalog.byId(id)).filter((item) => item !== undefined);
  }

  async embeddings(ids: readonly string[]): Promise<(Float32Array | undefined)[]> {
    return ids.map((id) => {
      const item = this.#catalog.byId(id);
      return item && this.#catalog.embedding(item.key);
    });
  }

  async page(after: number, limit: number): Promise<CollectionItem[]> {
    return this.#catalog.page(after, limit);
  }

  image(item: CollectionItem): ReturnType<Collection["image"]> {
    return readImage(item);
  }

  async nearest(embedding: Float32Array, wanted: Wanted): Promise<RankedItem[]> {
    if (this.#catalog.meta("model") !== this.#model.model) throw takenOver();
    return nearestItems(embedding, wanted, { catalog: this.#catalog, store: this.#store });
  }

  put(items: readonly NewItem[]): Promise<CollectionItem[]> {
    return this.#inTurn(async () => {
      const catalog = this.#catalog;
      const rows = items.map(({ image, ...about }) => {
        const uploaded = "content" in image;
        return {
          ...about,
          uploaded,
          path: uploaded ? join(this.#uploads, image.name) : image.path,
        };
      });
      for (const [i, { image }] of items.entries()) {
        if ("content" in image) await writeFileWhole(rows[i]!.path, image.content);
      }
      const before = rows.map(({ id }) => catalog.byId(id));
      const { added, replaced } = this.#counted(() => catalog.put(rows, this.#model.model));
      for (const key of replaced) this.#store.remove(key);
      for (const [i, { embedding }] of rows.entries()) this.#store.add(added[i]!, embedding);
      await this.#sweep(before);
      return added.map((key) => catalog.byKey(key)!);
    });
  }

  remove(ids: readonly string[]): Promise<number> {
    return this.#inTurn(async () => {
      const before = await this.items(ids);
      if (before.length === 0) return 0;
      const keys = this.#counted(() => this.#catalog.remove(ids, this.#model.model));
      for (const key of keys) this.#store.remove(key);
      await this.#sweep(before);
      return keys.length;
    });
  }

  async indexedIds(): Promise<string[]> {
    return this.#catalog.ids({ uploaded: false });
  }

  /**
   * Waits for the changes that were asked for, and writes the graph where it holds just what the
   * catalog does.
   */
  async close(): Promise<void> {
    await this.#last;
    const { revision, lastKey } = this.#catalog;
    if (revision !== this.#openedAt && this.#isInStep) {
      await saveIndex(this.#folder, this.#catalog, this.#store, this.#model, {
        revision,
        lastKey,
      });
    }
    this.#catalog.close();
  }

  get #uploads(): string {
    return indexPaths(this.#folder).uploads;
  }

  get #isInStep(): boolean {
    return this.#revision === this.#catalog.revision;
  }

  async #removeUnnamed(): Promise<void> {
    for (const name of await readdir(this.#uploads).catch(() => [])) {
      const path = join(this.#uploads, name);
      if (!this.#catalog.usesFile(path)) await rm(path, { force: true });
    }
  }

  /** A change that moves the catalog on by one revision. */
  #counted<Result>(change: () => Result): Result {
    const wasInStep = this.#isInStep;
    const result = change();
    if (wasInStep) this.#revision++;
    return result;
  }

  /** Removes the uploaded files of items that have gone, unless another item has the same image. */
  async #sweep(gone: readonly (CollectionItem | undefined)[]): Promise<void> {
    for (const item of gone) {
      if (item?.uploaded && !this.#catalog.usesFile(item.path))
        await rm(item.path, { force: true });
    }
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(change);
    // A graph that could not be compacted is as good as before.
    this.#last = result
      .then(() =>
        this.#store.isWorthCompacting ? this.#store.compact(this.#catalog.embeddings()) : undefined,
      )
      .catch(() => undefined);
    return result;
  }
}
