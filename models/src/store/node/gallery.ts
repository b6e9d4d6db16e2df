/** The gallery pack in a model's folder: gallery.json and its two binary files. */
import { join } from "node:path";
import { encodeFloat16 } from "../../numeric/float16.ts";
import { type Gallery, gallerySchema } from "../gallery.ts";
import { galleryFiles } from "../layout.ts";
import { readJson, sha256, writeFileWhole } from "./files.ts";
import { galleryPaths } from "./paths.ts";

type GalleryItem = Gallery["items"][number];

/** One image of a pack. */
export interface GalleryEntry extends Pick<GalleryItem, "id" | "label" | "source"> {
  /** [dimension] */
  readonly embedding: Float32Array;
  /** A WebP file. */
  readonly thumbnail: Uint8Array;
}

/** Collects the images of a pack in memory and writes its files. */
export class GalleryWriter {
  readonly #about: Pick<Gallery, "model" | "title" | "dimension" | "attributions">;
  readonly #items: GalleryItem[] = [];
  readonly #embeddings: Uint8Array[] = [];
  readonly #thumbnails: Uint8Array[] = [];
  #thumbnailBytes = 0;

  constructor(about: Pick<Gallery, "model" | "title" | "dimension" | "attributions">) {
    this.#about = about;
  }

  /** Appends an item to the pack. */
  add({ id, label, source, embedding, thumbnail }: GalleryEntry): void {
    const range: [number, number] = [this.#thumbnailBytes, thumbnail.length];
    this.#items.push({ id, label, ...(source ? { source } : {}), thumbnail: range });
    this.#embeddings.push(encodeFloat16(embedding));
    this.#thumbnails.push(thumbnail);
    this.#thumbnailBytes += thumbnail.length;
  }

  /**
   * Writes the pack. gallery.json comes last, with the digests of the other files, so a reader can
   * tell a complete pack from a mixture of two.
   *
   * @param folder storePaths(...).gallery
   */
  async write(folder: string): Promise<Gallery> {
    const { model, title, dimension, attributions } = this.#about;
    const write = async (file: string, parts: readonly Uint8Array[]) => {
      const bytes = Buffer.concat(parts);
      await writeFileWhole(join(folder, file), bytes);
      return { file, bytes: bytes.length, sha256: sha256(bytes) };
    };
    const gallery = gallerySchema.parse({
      format: "plumage-gallery/1",
      model,
      title,
      dimension,
      embeddings: { ...(await write(galleryFiles.embeddings, this.#embeddings)), type: "float16" },
      thumbnails: await write(galleryFiles.thumbnails, this.#thumbnails),
      items: this.#items,
      attributions,
    });
    await writeFileWhole(galleryPaths(folder).manifest, JSON.stringify(gallery));
    return gallery;
  }
}

/**
 * Reads gallery.json.
 *
 * @param folder storePaths(...).gallery
 * @throws PlumageError "bad-file" if it is missing or invalid
 */
export const readGallery = (folder: string, hint?: string): Promise<Gallery> =>
  readJson(galleryPaths(folder).manifest, gallerySchema, hint);
