/** Opens the catalog of an embedded store with the access and the lock that a mode requires. */
import { existsSync } from "node:fs";
import { isPlumageError, PlumageError } from "@plumage/models";
import { indexPaths } from "@plumage/models/node";
import type { OpenMode } from "../../collection/collection.ts";
import { Catalog } from "./catalog.ts";
import { lockForChanges, lockForReading, type OwnerLock } from "./ownerLock.ts";
import { retryWhileBusy } from "./retryWhileBusy.ts";
import { canWrite, permissionHint } from "./storageErrors.ts";

/** @param hint what to do about it */
export const noIndex = (folder: string, hint: string): PlumageError =>
  new PlumageError("bad-file", `there is no index in ${folder}`, hint);

/** A catalog that is open for changes, or says why it is not. */
export class OpenStore {
  readonly #folder: string;
  readonly #mode: OpenMode;
  #lock: OwnerLock | undefined;
  #catalog: Catalog | undefined;
  #refusal: PlumageError | undefined;

  private constructor(folder: string, mode: OpenMode) {
    this.#folder = folder;
    this.#mode = mode;
  }

  /**
   * "index" and "update" require write access; "serve" does without, or on a full disk, and then
   * changes nothing; "read" never changes anything, and shares the store with its owner.
   *
   * @param hint what to do if there is no catalog
   */
  static async open(folder: string, mode: OpenMode, hint: string): Promise<OpenStore> {
    const path = indexPaths(folder).catalog;
    if (mode !== "index" && !existsSync(path)) throw noIndex(folder, hint);
    const isWritable = canWrite(folder) && canWrite(path);
    if ((mode === "index" || mode === "update") && !isWritable)
      throw new PlumageError("denied", `${folder} cannot be written to`, permissionHint);
    const store = new OpenStore(folder, mode);
    try {
      await retryWhileBusy(() => store.#openAs(isWritable));
    } catch (error) {
      store.close();
      throw error;
    }
    return store;
  }

  get catalog(): Catalog {
    return this.#catalog!;
  }

  /** Why this process must not change the store; undefined if it may. */
  get refusal(): PlumageError | undefined {
    return this.#refusal;
  }

  /** Opens the catalog for changes if only a full disk has kept it from that, and has space now. */
  recover(): void {
    if (this.#refusal?.code === "full") this.#openForChanges();
  }

  close(): void {
    this.#catalog?.close();
    this.#lock?.release();
  }

  #openAs(isWritable: boolean): void {
    if (isWritable && this.#mode !== "read") {
      this.#openForChanges();
      return;
    }
    this.#refusal = readOnly();
    const { catalog, lock } = indexPaths(this.#folder);
    if (this.#mode !== "read" && existsSync(lock)) this.#lock ??= lockForReading(this.#folder);
    this.#catalog = new Catalog(catalog, !isWritable);
  }

  /** On a full disk, a server opens the catalog to be read. */
  #openForChanges(): void {
    const { catalog: path } = indexPaths(this.#folder);
    try {
      this.#lock ??= lockForChanges(
        this.#folder,
        this.#mode === "serve" ? "npm run serve" : "npm run index",
      );
      const catalog = new Catalog(path);
      this.#catalog?.close();
      this.#catalog = catalog;
      this.#refusal = undefined;
    } catch (error) {
      if (this.#mode !== "serve" || !isPlumageError(error) || error.code !== "full") throw error;
      this.#refusal = diskFull(error);
      this.#catalog ??= new Catalog(path, true);
    }
  }
}

const readOnly = () =>
  new PlumageError("denied", "the gallery is read-only", "start the server with write access");

const diskFull = (cause: unknown) =>
  new PlumageError("full", "the disk is full", "free some space", { cause });
