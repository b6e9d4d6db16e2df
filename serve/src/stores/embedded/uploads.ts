/** The files of uploaded images. Only the owner of the store changes them. */
import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { indexPaths, writeFileWhole } from "@plumage/models/node";
import type { Catalog } from "./catalog.ts";

/**
 * Age from which a file without an item is what a crash left. A younger one may belong to a process
 * on a file system whose locks do not work.
 */
const leftoverMs = 10 * 60_000;

export class Uploads {
  readonly #folder: string;
  readonly #catalog: Catalog;

  /** @param folder of the index */
  constructor(folder: string, catalog: Catalog) {
    this.#folder = indexPaths(folder).uploads;
    this.#catalog = catalog;
  }

  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  async write({ name, content }: { name: string; content: Uint8Array }): Promise<void> {
    await writeFileWhole(this.pathOf(name), content);
  }

  /** Corrects the items' paths after the folder was moved, or mounted elsewhere. */
  adopt(): void {
    for (const path of this.#catalog.uploadedPaths()) {
      const current = this.pathOf(basename(path));
      if (path !== current) this.#catalog.moveUpload(path, current);
    }
  }

  /** Deletes the files of removed items, unless another item has the same image. */
  async deleteUnused(
    items: readonly ({ readonly uploaded: boolean; readonly path: string } | undefined)[],
  ): Promise<void> {
    for (const item of items) {
      if (item?.uploaded && !this.#catalog.usesFile(item.path))
        await rm(item.path, { force: true });
    }
  }

  /** Deletes what crashes have left. @returns the number of images of an earlier catalog */
  async sweep(): Promise<number> {
    let foreign = 0;
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = this.pathOf(name);
      const file = await stat(path).catch(() => undefined);
      if (!file?.isFile() || Date.now() - file.mtimeMs < leftoverMs) continue;
      if (this.#catalog.usesFile(path)) continue;
      if (file.mtimeMs < this.#catalog.created) foreign++;
      else await rm(path, { force: true });
    }
    return foreign;
  }
}
