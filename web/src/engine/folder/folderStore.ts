/**
 * A person's own images as they are kept in this browser: embeddings, thumbnails and names, in
 * IndexedDB.
 */
import { PlumageError } from "@plumage/models";

/** One image that was embedded. */
export interface KeptImage {
  /** Path below the folder that was chosen, its name first; the key. */
  readonly path: string;
  /** Of the file: one of another size or time is embedded again. */
  readonly bytes: number;
  readonly modified: number;
  /** Half floats, [dimension]. */
  readonly embedding: Uint8Array<ArrayBuffer>;
  readonly thumbnail: Blob;
}

/** What is known of the folder as a whole. */
export interface AboutFolder {
  readonly name: string;
  /** sha256 of the fp32 model: embeddings of another cannot be compared. */
  readonly model: string;
  /** Images that were in it when it was last chosen, readable or not. */
  readonly total: number;
  readonly unreadable: readonly string[];
}

/**
 * Pages of one origin under different paths are different pages. The worker's script lies one
 * folder below the page.
 */
const databaseName = (): string => `plumage-folder ${new URL("..", self.location.href).pathname}`;

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class FolderStore {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  /**
   * @throws PlumageError "unavailable" where the browser keeps nothing (a private window, or no
   * storage)
   */
  static async open(): Promise<FolderStore> {
    try {
      const request = indexedDB.open(databaseName(), 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("pictures", { keyPath: "path" });
        request.result.createObjectStore("about");
      };
      return new FolderStore(await settled(request));
    } catch (cause) {
      const message = "this browser keeps nothing for this page";
      throw new PlumageError("unavailable", message, "leave the private window", { cause });
    }
  }

  about(): Promise<AboutFolder | undefined> {
    return settled(this.#database.transaction("about").objectStore("about").get("folder"));
  }

  /** In the order of their paths. */
  images(): Promise<KeptImage[]> {
    return settled(this.#database.transaction("pictures").objectStore("pictures").getAll());
  }

  /**
   * All of a change or none of it. @throws PlumageError "unavailable" if there is no room for it
   */
  async change({
    about,
    put = [],
    remove = [],
  }: {
    readonly about: AboutFolder;
    readonly put?: readonly KeptImage[];
    readonly remove?: readonly string[];
  }): Promise<void> {
    const transaction = this.#database.transaction(["pictures", "about"], "readwrite");
    const images = transaction.objectStore("pictures");
    for (const image of put) images.put(image);
    for (const path of remove) images.delete(path);
    transaction.objectStore("about").put(about, "folder");
    await done(transaction);
  }

  async clear(): Promise<void> {
    const transaction = this.#database.transaction(["pictures", "about"], "readwrite");
    transaction.objectStore("pictures").clear();
    transaction.objectStore("about").clear();
    await done(transaction);
  }
}

const done = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => {
      const isFull = transaction.error?.name === "QuotaExceededError";
      reject(
        isFull
          ? new PlumageError(
              "unavailable",
              "storage is full",
              "free some space on this device, then go on",
            )
          : (transaction.error ?? new Error("the change was broken off")),
      );
    };
  });
