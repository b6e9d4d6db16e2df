/**
 * A person's folder in the worker: embedded here, kept in this browser, searched beside the
 * gallery.
 */
import { encodeFloat16, PlumageError } from "@plumage/models";
import type { FolderInfo } from "../protocol.ts";
import { EmbeddingRows } from "../search/cosines/cosines.ts";
import { embedFolder, type FolderFile, type FolderProgress } from "./embedFolder.ts";
import { FolderStore, type KeptImage } from "./folderStore.ts";

/** What a look at a file gives. */
export interface Seen {
  readonly embedding: Float32Array;
  readonly thumbnail: Blob;
}

export class OwnFolder {
  readonly #model: string;
  readonly #dimension: number;
  readonly #show: (info: FolderInfo) => void;
  #store: FolderStore | undefined;
  #stop: AbortController | undefined;
  #rows: EmbeddingRows | undefined;

  /**
   * @param model sha256 of the fp32 file; all variants of a model embed into one space
   * @param show is given what there is whenever that has changed
   */
  constructor(model: string, dimension: number, show: (info: FolderInfo) => void) {
    this.#model = model;
    this.#dimension = dimension;
    this.#show = show;
  }

  /** Cosines with the images in the order of `show`; nothing where there are none. */
  get rows(): EmbeddingRows | undefined {
    return this.#rows;
  }

  /** Reads what earlier visits kept. */
  async load(): Promise<void> {
    this.#store ??= await FolderStore.open();
    const [about, images] = [await this.#store.about(), await this.#store.images()];
    const isStale = about !== undefined && about.model !== this.#model;
    const usable = isStale ? [] : images;
    this.#rows = usable.length === 0 ? undefined : this.#pack(usable);
    const entries = usable.map(({ path, thumbnail }) => ({
      id: `own:${path}`,
      label: path.slice(path.indexOf("/") + 1),
      source: about!.name,
      thumbnail,
    }));
    this.#show({ about: about && { ...about, isStale, kept: images.length }, entries });
  }

  /**
   * @throws PlumageError where another tab is at it, or storage is full; what was embedded before
   * stays
   */
  async embed(
    name: string,
    files: readonly FolderFile[],
    look: (file: File) => Promise<Seen>,
    report: (progress: FolderProgress) => void,
  ): Promise<void> {
    this.#store ??= await FolderStore.open();
    const store = this.#store;
    const stop = new AbortController();
    const see = async (file: File) => {
      const { embedding, thumbnail } = await look(file);
      return { embedding: encodeFloat16(embedding), thumbnail };
    };
    await navigator.locks.request(
      `plumage-folder ${self.location.href}`,
      { ifAvailable: true },
      async (lock) => {
        if (!lock)
          throw new PlumageError(
            "unavailable",
            "a folder is being embedded already",
            "wait for it, or stop it",
          );
        this.#stop = stop;
        try {
          await embedFolder(store, { name, files, model: this.#model }, see, report, stop.signal);
        } finally {
          this.#stop = undefined;
          await this.load();
        }
      },
    );
  }

  /** What has been embedded stays. */
  interrupt(): void {
    this.#stop?.abort();
  }

  async delete(): Promise<void> {
    this.interrupt();
    await this.#store?.clear();
    await this.load();
  }

  #pack(images: readonly KeptImage[]): EmbeddingRows {
    const bytes = this.#dimension * 2;
    const all = new Uint8Array(images.length * bytes);
    for (const [row, { embedding }] of images.entries()) all.set(embedding, row * bytes);
    return new EmbeddingRows(all, this.#dimension);
  }
}
