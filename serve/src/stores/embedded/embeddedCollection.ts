/**
 * The collection in files beside the model: items in SQLite, a usearch graph to search them, and
 * uploaded images in a folder.
 */
import {
  type ChangeOptions,
  type Collection,
  type IndexedModel,
  modelReplaced,
  type NearestOptions,
  type OpenMode,
  type RankedItem,
} from "../../collection/collection.ts";
import type { CollectionItem, NewItem } from "../../collection/item.ts";
import type { NewEmbeddings } from "../../collection/uploads.ts";
import { claimCatalog, requireModel } from "./claimCatalog.ts";
import { maintainIndex, openIndex, saveIndex } from "./indexFile.ts";
import { nearestItems, type SearchIndex } from "./nearest.ts";
import { OpenStore } from "./openStore.ts";
import { readImage } from "./readImage.ts";
import { patienceEnd, retryWhileBusy } from "./retryWhileBusy.ts";
import { Uploads } from "./uploads.ts";

export interface EmbeddedOptions {
  /** The folder of the index; uploads are stored below it. */
  readonly folder: string;
  readonly model: IndexedModel;
  /** The command that rebuilds the index, for hints. */
  readonly indexCommand: string;
  readonly mode: OpenMode;
  /** For "index": uploaded images of another model, embedded with this one. */
  readonly uploads?: NewEmbeddings;
}

/**
 * A change first writes its image files, then commits to the catalog in one transaction, then
 * updates the graph. The commit decides: the graph can be rebuilt from the catalog, and an image
 * file that a crash left unreferenced is deleted at the next start.
 */
export class EmbeddedCollection implements Collection {
  readonly #store: OpenStore;
  readonly #index: SearchIndex["index"];
  readonly #print: (line: string) => void;
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
  #closed: Promise<void> | undefined;

  private constructor(
    store: OpenStore,
    index: SearchIndex["index"],
    { folder, model }: EmbeddedOptions,
    print: (line: string) => void,
  ) {
    this.#store = store;
    this.#index = index;
    this.#folder = folder;
    this.#model = model;
    this.#print = print;
    this.#revision = this.#openedAt = store.catalog.revision;
  }

  /**
   * @param print receives lines for the user, such as why the vector index is rebuilt
   * @throws PlumageError "bad-file" for a missing or damaged catalog, "mismatch" for one of another
   *   model or version, "unavailable" if another process uses the store, "denied" without the
   *   permission that the mode requires
   */
  static async open(
    options: EmbeddedOptions,
    print: (line: string) => void,
  ): Promise<EmbeddedCollection> {
    const { folder, model, indexCommand, mode } = options;
    const store = await OpenStore.open(folder, mode, `run: ${indexCommand}`);
    const { catalog, refusal } = store;
    const canWrite = !refusal;
    try {
      if (mode === "index") {
        claimCatalog(catalog, model.sha256, options.uploads ?? new Map(), print);
      } else {
        requireModel(catalog, options);
      }
      if (mode === "serve" && !canWrite)
        print("the index cannot be written to: serving searches alone");
      const index = await openIndex(folder, catalog, model, { print, canWrite });
      const collection = new EmbeddedCollection(store, index, options, print);
      if (canWrite) collection.#uploads.adopt();
      if (canWrite && mode === "serve") {
        const kept = await collection.#uploads.sweep();
        if (kept > 0) print(`images uploaded to an earlier catalog are kept in ${folder}: ${kept}`);
      }
      return collection;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  async size(): Promise<number> {
    return this.#catalog.size;
  }

  async revision(): Promise<string> {
    return String(this.#catalog.revision);
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
    return readImage(this.#folder, item);
  }

  async nearest(embedding: Float32Array, options: NearestOptions): Promise<RankedItem[]> {
    if (this.#catalog.meta("model") !== this.#model.sha256) throw modelReplaced();
    return nearestItems(embedding, options, { catalog: this.#catalog, index: this.#index });
  }

  put(given: readonly NewItem[], { keepUploads }: ChangeOptions = {}): Promise<CollectionItem[]> {
    return this.#enqueue(async (end) => {
      const catalog = this.#catalog;
      const items = keepUploads ? given.filter(({ id }) => !catalog.byId(id)?.uploaded) : given;
      const rows = items.map(({ image, ...fields }) => {
        const uploaded = "content" in image;
        const path = uploaded ? this.#uploads.pathOf(image.name) : image.path;
        return { ...fields, uploaded, path };
      });
      const before = rows.map(({ id }) => catalog.byId(id));
      try {
        for (const { image } of items) if ("content" in image) await this.#uploads.write(image);
        const { added, replaced } = await this.#changeCatalog(
          () => catalog.put(rows, this.#model.sha256),
          end,
        );
        for (const key of replaced) this.#index.remove(key);
        this.#index.add(rows.map(({ embedding }, i) => ({ key: added[i]!, embedding })));
        await this.#uploads.deleteUnused(before);
        return added.map((key) => catalog.byKey(key)!);
      } catch (error) {
        await this.#uploads.deleteUnused(rows).catch(() => undefined);
        throw error;
      }
    });
  }

  remove(ids: readonly string[], { keepUploads }: ChangeOptions = {}): Promise<number> {
    return this.#enqueue(async (end) => {
      const known = await this.items(ids);
      const before = keepUploads ? known.filter(({ uploaded }) => !uploaded) : known;
      if (before.length === 0) return 0;
      const removed = before.map(({ id }) => id);
      const keys = await this.#changeCatalog(
        () => this.#catalog.remove(removed, this.#model.sha256),
        end,
      );
      for (const key of keys) this.#index.remove(key);
      await this.#uploads.deleteUnused(before);
      return keys.length;
    });
  }

  async indexedIds(): Promise<string[]> {
    return this.#catalog.ids({ uploaded: false });
  }

  /** Waits for pending changes, and saves the graph if it reflects the whole catalog. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#lastChange;
    try {
      const { revision, lastKey } = this.#catalog;
      if (!this.#store.refusal && revision !== this.#openedAt && this.#isUpToDate)
        await saveIndex(this.#folder, this.#catalog, this.#index, this.#model, {
          ...{ revision, lastKey },
          print: this.#print,
        });
    } finally {
      this.#store.close();
    }
  }

  /** Another one once a full disk has space again. */
  get #catalog(): SearchIndex["catalog"] {
    return this.#store.catalog;
  }

  get #uploads(): Uploads {
    return new Uploads(this.#folder, this.#store.catalog);
  }

  get #isUpToDate(): boolean {
    return this.#revision === this.#catalog.revision;
  }

  /**
   * Runs a change that increments the catalog's revision by one.
   *
   * @param end as for `retryWhileBusy`
   */
  async #changeCatalog<Result>(change: () => Result, end: number): Promise<Result> {
    const wasUpToDate = this.#isUpToDate;
    const result = await retryWhileBusy(change, end);
    if (wasUpToDate) this.#revision++;
    return result;
  }

  /** @param change receives the time until which it may wait, its turn included */
  #enqueue<Result>(change: (end: number) => Promise<Result>): Promise<Result> {
    const end = patienceEnd();
    const result = this.#lastChange.then(() => {
      this.#store.recover();
      const { refusal } = this.#store;
      return refusal ? Promise.reject(refusal) : change(end);
    });
    // A failure leaves the graph as it was.
    this.#lastChange = result
      .then(() => maintainIndex(this.#index, this.#catalog))
      .catch(() => undefined);
    return result;
  }
}
