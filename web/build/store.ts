/** Reads what the page is built from, a model of the store and its gallery pack, and checks it. */
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import {
  type Gallery,
  keepsQuality,
  type Manifest,
  PlumageError,
  runHint,
  type TextModel,
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

/** A file that the page downloads. */
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
  /** The variants whose loss of precision is acceptable; the page downloads one of them. */
  readonly models: Readonly<Partial<Record<VariantName, StoredFile>>>;
  /** The smallest file of the text encoder, and its tokenizer; empty if the model has none. */
  readonly text: Readonly<Partial<Record<"encoder" | "tokenizer", StoredFile>>>;
}

export async function describeFile(path: string): Promise<StoredFile> {
  return { path, sha256: await sha256File(path), bytes: (await stat(path)).size };
}

/**
 * Reads models/store/<name> and verifies the digests in model.json and gallery.json.
 *
 * @throws PlumageError "bad-file" if a file is missing or damaged, "mismatch" if another model made
 *   the pack; the hint names the command that makes it
 */
export async function readStore(folder: string): Promise<Store> {
  const name = basename(folder);
  const exportHint = runHint("export", name);
  const galleryHint = runHint("gallery", name);

  const manifest = await readManifest(folder);
  const pack = storePaths(folder).gallery;
  const gallery = await readGallery(pack, galleryHint);
  if (gallery.model !== variantFile(manifest).sha256 || gallery.dimension !== manifest.dimension) {
    const message = `the gallery pack in ${pack} was made by another model`;
    throw new PlumageError("mismatch", message, galleryHint);
  }
  const { embeddings, thumbnails } = gallery;
  return {
    manifest,
    gallery,
    files: {
      manifest: await describeFile(storePaths(folder).manifest),
      gallery: await describeFile(galleryPaths(pack).manifest),
      embeddings: await verifyFile(join(pack, embeddings.file), embeddings, galleryHint),
      thumbnails: await verifyFile(join(pack, thumbnails.file), thumbnails, galleryHint),
    },
    models: Object.fromEntries(
      await Promise.all(
        manifest.files
          .filter(keepsQuality)
          .map(async (file) => [
            file.variant,
            await verifyFile(join(folder, file.file), file, exportHint),
          ]),
      ),
    ),
    text: await readText(folder, manifest.text, exportHint),
  };
}

async function readText(
  folder: string,
  text: TextModel | undefined,
  hint: string,
): Promise<Store["text"]> {
  if (!text) return {};
  const encoder = text.files.toSorted((a, b) => a.bytes - b.bytes)[0]!;
  const { tokenizer } = text;
  return {
    encoder: await verifyFile(join(folder, encoder.file), encoder, hint),
    tokenizer: await verifyFile(join(folder, tokenizer.file), tokenizer, hint),
  };
}

/** Compares a file with the digest that was recorded for it. */
async function verifyFile(
  path: string,
  expected: { readonly bytes: number; readonly sha256: string },
  hint: string,
): Promise<StoredFile> {
  const digest = await sha256File(path).catch((cause: unknown) => {
    throw new PlumageError("bad-file", (cause as Error).message, hint, { cause });
  });
  if (digest !== expected.sha256)
    throw new PlumageError("bad-file", `${path} does not match its recorded digest`, hint);
  return { path, bytes: expected.bytes, sha256: digest };
}
