/**
 * The collection in files beside the model: items in SQLite, a usearch graph to search them, and
 * uploaded images in a folder.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { indexPaths, writeFileWhole } from "@plumage/models/node";
import {
  type Collection,
  type IndexedModel,
  modelMismatch,
  modelReplaced,
  type NearestOptions,
  type OpenMode,
  type RankedItem,
} from "../../collection/collection.ts";
import type { CollectionItem, NewItem } from "../../collection/item.ts";
import { Catalog } from "./catalog.ts";
import { openIndex, saveIndex } from "./indexFile.ts";
import { nearestItems, type SearchIndex } from "./nearest.ts";
import { openCatalog } from "./openCatalog.ts";

export interface EmbeddedOptions {
  /** The folder of the index; uploads are stored below it. */
  readonly folder: string;
  readonly model: IndexedModel;
  /** The command that rebuilds the index, for hints. */
  readonly indexCommand: string;
  /** "index" keeps unreferenced uploads: a server might be about to add their items. */
  readonly mode: OpenMode;
}

export function readImage({ path }: CollectionItem): ReturnType<Collection["image"]> {
  return readFile(path).catch(() => undefined);
}

/**
 * A change first writes its image files, then commits to the catalog in one transaction, then
 * updates the graph. The commit decides: the graph can be rebuilt from the catalog, and an image
 * file that a crash left unreferenced is deleted at the next start.
 */
export class EmbeddedCollection implements Collection {
  readonly #catalog: Catalog;
  readonly #index: SearchIndex["index"];
  readonly #folder: string;
  readonly #model: IndexedModel;
  /**
   * The last change. Changes run one after another, so that none deletes a file that another is
   * about to reference.
   */
  #lastChange: Promise<unknown> = Promise.resolve();
  /** The revision that the graph reflects; another process may have changed the catalog since. */
  #revision: number;
  readonly #openedAt: number;

  private constructor({ catalog, index }: SearchIndex, { folder, model }: EmbeddedOptions) {
    this.#catalog = catalog;
    this.#index = index;
    this.#folder = folder;
    this.#model = model;
    this.#revision = this.#openedAt = catalog.revision;
  }

  /**
   * @param print receives lines for the user, such as why the vector index is rebuilt
   * @throws PlumageError "bad-file" for a missing or damaged catalog, "mismatch" for one of another
   *   model or version
   */
  static async open(
    options: EmbeddedOptions,
    print: (line: string) => void,
  ): Promise<EmbeddedCollection> {
    const { folder, model, indexCommand, mode } = options;
    const path = indexPaths(folder).catalog;
    const catalog =
      mode === "index" ? new Catalog(path) : openCatalog(path, `run: ${indexCommand}`);
    try {
      if (mode === "index") {
        if (catalog.adopt(model.sha256)) print("the model has changed: embedding all images again");
      } else if (catalog.meta("model") !== model.sha256) {
        throw modelMismatch(indexCommand);
      }
      const index = await openIndex(folder, catalog, model, print);
      const collection = new EmbeddedCollection({ catalog, index }, options);
      if (mode === "serve") await collection.#deleteUnreferencedUploads();
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

  async nearest(embedding: Float32Array, options: NearestOptions): Promise<RankedItem[]> {
    if (this.#catalog.meta("model") !== this.#model.sha256) throw modelReplaced();
    return nearestItems(embedding, options, { catalog: this.#catalog, index: this.#index });
  }

  put(items: readonly NewItem[]): Promise<CollectionItem[]> {
    return this.#enqueue(async () => {
      const catalog = this.#catalog;
      const rows = items.map(({ image, ...fields }) => {
        const uploaded = "content" in image;
        return {
          ...fields,
          uploaded,
          path: uploaded ? join(this.#uploads, image.name) : image.path,
        };
      });
      for (const [i, { image }] of items.entries()) {
        if ("content" in image) await writeFileWhole(rows[i]!.path, image.content);
      }
      const before = rows.map(({ id }) => catalog.byId(id));
      const { added, replaced } = this.#changeCatalog(() => catalog.put(rows, this.#model.sha256));
      for (const key of replaced) this.#index.remove(key);
      for (const [i, { embedding }] of rows.entries()) this.#index.add(added[i]!, embedding);
      await this.#deleteUploadsOf(before);
      return added.map((key) => catalog.byKey(key)!);
    });
  }

  remove(ids: readonly string[]): Promise<number> {
    return this.#enqueue(async () => {
      const before = await this.items(ids);
      if (before.length === 0) return 0;
      const keys = this.#changeCatalog(() => this.#catalog.remove(ids, this.#model.sha256));
      for (const key of keys) this.#index.remove(key);
      await this.#deleteUploadsOf(before);
      return keys.length;
    });
  }

  async indexedIds(): Promise<string[]> {
    return this.#catalog.ids({ uploaded: false });
  }

  /** Waits for pending changes, and saves the graph if it reflects the whole catalog. */
  async close(): Promise<void> {
    await this.#lastChange;
    const { revision, lastKey } = this.#catalog;
    if (revision !== this.#openedAt && this.#isUpToDate) {
      await saveIndex(this.#folder, this.#catalog, this.#index, this.#model, {
        revision,
        lastKey,
      });
    }
    this.#catalog.close();
  }

  get #uploads(): string {
    return indexPaths(this.#folder).uploads;
  }

  get #isUpToDate(): boolean {
    return this.#revision === this.#catalog.revision;
  }

  async #deleteUnreferencedUploads(): Promise<void> {
    for (const name of await readdir(this.#uploads).catch(() => [])) {
      const path = join(this.#uploads, name);
      if (!this.#catalog.usesFile(path)) await rm(path, { force: true });
    }
  }

  /** Runs a change that increments the catalog's revision by one. */
  #changeCatalog<Result>(change: () => Result): Result {
    const wasUpToDate = this.#isUpToDate;
    const result = change();
    if (wasUpToDate) this.#revision++;
    return result;
  }

  /** Deletes the uploads of removed items, unless another item has the same image. */
  async #deleteUploadsOf(removed: readonly (CollectionItem | undefined)[]): Promise<void> {
    for (const item of removed) {
      if (item?.uploaded && !this.#catalog.usesFile(item.path))
        await rm(item.path, { force: true });
    }
  }

  #enqueue<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#lastChange.then(change);
    // A failed compaction leaves the graph as it was.
    this.#lastChange = result
      .then(() =>
        this.#index.needsCompaction ? this.#index.compact(this.#catalog.embeddings()) : undefined,
      )
      .catch(() => undefined);
    return result;
  }
}
