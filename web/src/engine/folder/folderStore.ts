/** The images of the user's folder in IndexedDB: embeddings, thumbnails and names. */
import { PlumageError } from "@plumage/models";
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

/** An embedded image. */
export interface StoredImage {
  /** Path from the folder's name on; the key. */
  readonly path: string;
  /** Size and modification time of the file; if either differs, it is embedded again. */
  readonly bytes: number;
  readonly modified: number;
  /** Half floats, [dimension]. */
  readonly embedding: Uint8Array<ArrayBuffer>;
  readonly thumbnail: Blob;
}

/** The folder as a whole. */
export interface StoredFolder {
  readonly name: string;
  /** sha256 of the fp32 model: embeddings of different models cannot be compared. */
  readonly model: string;
  /** Number of image files when the folder was last chosen, readable or not. */
  readonly total: number;
  readonly unreadable: readonly string[];
}

/** Names and keys must not change: they hold what people have stored. */
interface Schema extends DBSchema {
  pictures: { key: string; value: StoredImage };
  about: { key: "folder"; value: StoredFolder };
}

/** Pages on one origin are distinguished by their path, one folder above this script. */
const databaseName = (): string => `plumage-folder ${new URL("..", self.location.href).pathname}`;

export class FolderStore {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  /** @throws PlumageError "unavailable" if the browser has no storage, as in private windows */
  static async open(): Promise<FolderStore> {
    try {
      const database = await openDB<Schema>(databaseName(), 1, {
        upgrade(created) {
          created.createObjectStore("pictures", { keyPath: "path" });
          created.createObjectStore("about");
        },
      });
      return new FolderStore(database);
    } catch (cause) {
      const message = "this browser does not store data for this page";
      const hint = "leave the private window, or allow storage for this page";
      throw new PlumageError("unavailable", message, hint, { cause });
    }
  }

  folder(): Promise<StoredFolder | undefined> {
    return this.#database.get("about", "folder");
  }

  /** All images, ordered by path. */
  images(): Promise<StoredImage[]> {
    return this.#database.getAll("pictures");
  }

  /** Applies a change in one transaction. @throws PlumageError "unavailable" if storage is full */
  async update({
    folder,
    put = [],
    remove = [],
  }: {
    readonly folder: StoredFolder;
    readonly put?: readonly StoredImage[];
    readonly remove?: readonly string[];
  }): Promise<void> {
    const transaction = this.#database.transaction(["pictures", "about"], "readwrite");
    const images = transaction.objectStore("pictures");
    try {
      await Promise.all([
        ...put.map((image) => images.put(image)),
        ...remove.map((path) => images.delete(path)),
        transaction.objectStore("about").put(folder, "folder"),
        transaction.done,
      ]);
    } catch (cause) {
      const names = [transaction.error?.name, (cause as Error).name];
      if (!names.includes("QuotaExceededError")) throw cause;
      const hint = "free up space on this device, then resume";
      throw new PlumageError("unavailable", "storage is full", hint, { cause });
    }
  }

  async clear(): Promise<void> {
    const transaction = this.#database.transaction(["pictures", "about"], "readwrite");
    await Promise.all([
      transaction.objectStore("pictures").clear(),
      transaction.objectStore("about").clear(),
      transaction.done,
    ]);
  }
}
