/** The user's folder in the worker: embedded on the device, stored in the browser, searchable. */
import { encodeFloat16, PlumageError } from "@plumage/models";
import { EmbeddingRows } from "../search/cosines/cosines.ts";
import type { GalleryEntry } from "../search/galleryPack.ts";
import { embedFolder, type FolderContents, type FolderProgress } from "./embedFolder.ts";
import { FolderStore, type StoredImage } from "./folderStore.ts";

/** What the browser has stored of a folder. */
export interface FolderSummary {
  readonly name: string;
  /** Number of image files when the folder was chosen. */
  readonly total: number;
  /** Number of images embedded so far. */
  readonly stored: number;
  readonly unreadable: readonly string[];
  /** Embedded by another model, and unusable until the folder is chosen again. */
  readonly isStale: boolean;
}

export interface FolderInfo {
  readonly summary: FolderSummary | undefined;
  readonly entries: readonly GalleryEntry[];
}

export interface EmbeddedImage {
  readonly embedding: Float32Array;
  readonly thumbnail: Blob;
}

export class UserFolder {
  readonly #model: string;
  readonly #dimension: number;
  readonly #onChange: (info: FolderInfo, rows: EmbeddingRows | undefined) => void;
  #store: FolderStore | undefined;
  #embedding: AbortController | undefined;

  /**
   * @param model sha256 of the fp32 file; all variants of a model share one embedding space
   * @param onChange called with the current content, and its embeddings in the order of the
   *   entries, if any
   */
  constructor(
    model: string,
    dimension: number,
    onChange: (info: FolderInfo, rows: EmbeddingRows | undefined) => void,
  ) {
    this.#model = model;
    this.#dimension = dimension;
    this.#onChange = onChange;
  }

  /** Reads what the browser has stored. */
  async load(): Promise<void> {
    this.#store ??= await FolderStore.open();
    const [folder, images] = await Promise.all([this.#store.folder(), this.#store.images()]);
    const isStale = folder !== undefined && folder.model !== this.#model;
    const usable = isStale ? [] : images;
    const entries = usable.map(({ path, thumbnail }) => ({
      id: `folder:${path}`,
      label: path.slice(path.indexOf("/") + 1),
      source: folder!.name,
      thumbnail,
    }));
    const summary = folder && { ...folder, isStale, stored: images.length };
    const rows = usable.length === 0 ? undefined : this.#pack(usable);
    this.#onChange({ summary, entries }, rows);
  }

  /**
   * Embeds what is new or changed.
   *
   * @throws PlumageError "unavailable" if another tab is embedding a folder, or if storage is full;
   *   what was embedded before remains
   */
  async embed(
    contents: FolderContents,
    embedImage: (file: File) => Promise<EmbeddedImage>,
    onProgress: (progress: FolderProgress) => void,
  ): Promise<void> {
    this.#store ??= await FolderStore.open();
    const store = this.#store;
    const controller = new AbortController();
    const embed = async (file: File) => {
      const { embedding, thumbnail } = await embedImage(file);
      return { embedding: encodeFloat16(embedding), thumbnail };
    };
    const name = `plumage-folder ${self.location.href}`;
    await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
      if (!lock) {
        const message = "a folder is already being embedded";
        throw new PlumageError("unavailable", message, "wait until it is done, or stop it");
      }
      this.#embedding = controller;
      try {
        await embedFolder(store, contents, this.#model, embed, onProgress, controller.signal);
      } finally {
        this.#embedding = undefined;
        await this.load();
      }
    });
  }

  /** Stops embedding; what was embedded remains. */
  stop(): void {
    this.#embedding?.abort();
  }

  async delete(): Promise<void> {
    this.stop();
    await this.#store?.clear();
    await this.load();
  }

  #pack(images: readonly StoredImage[]): EmbeddingRows {
    const rowBytes = this.#dimension * 2;
    const packed = new Uint8Array(images.length * rowBytes);
    for (const [row, { embedding }] of images.entries()) packed.set(embedding, row * rowBytes);
    return new EmbeddingRows(packed, this.#dimension);
  }
}
