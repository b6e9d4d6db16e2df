/**
 * What the page is built from: one model of the store and its gallery pack, checked before anything
 * is copied.
 */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type Gallery,
  keepsQuality,
  type Manifest,
  PlumageError,
  runHint,
  type VariantName,
  variantFile,
} from "@plumage/models";
import {
  galleryPaths,
  readGallery,
  readManifest,
  sha256File,
  storePaths,
} from "@plumage/models/node";

/** A file that the page downloads, and what it must turn out to be. */
export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Store {
  readonly manifest: Manifest;
  readonly gallery: Gallery;
  readonly files: Readonly<
    Record<"manifest" | "gallery" | "embeddings" | "thumbnails", StoredFile>
  >;
  /** The variants that keep the quality bar; a page downloads one of them. */
  readonly models: Readonly<Partial<Record<VariantName, StoredFile>>>;
}

/** Path, size and digest of a file as it is. */
export async function describeFile(path: string): Promise<StoredFile> {
  return { path, sha256: await sha256File(path), bytes: (await stat(path)).size };
}

/**
 * Reads a folder of the store (models/store/<name>) and holds its files against what model.json and
 * gallery.json say of them.
 *
 * @throws PlumageError "bad-file" for what is missing or damaged, "mismatch" where the pack was
 * made by another model; the hint names the command that makes it
 */
export async function readStore(folder: string): Promise<Store> {
  const name = basename(folder);
  const toExport = runHint("export", name);
  const toPack = runHint("gallery", name);

  const manifest = await readManifest(folder);
  const pack = storePaths(folder).gallery;
  const gallery = await readGallery(pack, toPack);
  if (gallery.model !== variantFile(manifest).sha256 || gallery.dimension !== manifest.dimension)
    throw new PlumageError(
      "mismatch",
      `the gallery pack in ${pack} was made by another model`,
      toPack,
    );

  return {
    manifest,
    gallery,
    files: {
      manifest: await describeFile(storePaths(folder).manifest),
      gallery: await describeFile(galleryPaths(pack).manifest),
      embeddings: await checked(join(pack, gallery.embeddings.file), gallery.embeddings, toPack),
      thumbnails: await checked(join(pack, gallery.thumbnails.file), gallery.thumbnails, toPack),
    },
    models: Object.fromEntries(
      await Promise.all(
        manifest.files
          .filter(keepsQuality)
          .map(async (row) => [row.variant, await checked(join(folder, row.file), row, toExport)]),
      ),
    ),
  };
}

/** The file, if it is the one that its description means. */
async function checked(
  path: string,
  described: { readonly bytes: number; readonly sha256: string },
  hint: string,
): Promise<StoredFile> {
  const digest = await sha256File(path).catch((error: unknown) => {
    throw new PlumageError("bad-file", (error as Error).message, hint, { cause: error });
  });
  if (digest !== described.sha256)
    throw new PlumageError("bad-file", `${path} is not the file described beside it`, hint);
  return { path, bytes: described.bytes, sha256: digest };
}
