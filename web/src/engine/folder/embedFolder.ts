/** Embeds the new and changed images of a folder, in small batches that an interruption keeps. */
import type { FolderStore, StoredFolder, StoredImage } from "./folderStore.ts";

/** A file, with its path from the folder's name on. */
export interface FolderFile {
  readonly path: string;
  readonly file: File;
}

export interface FolderProgress {
  readonly done: number;
  readonly total: number;
  /** Images embedded per second in this run; unknown at the start. */
  readonly rate: number | undefined;
  readonly secondsLeft: number | undefined;
}

export interface FolderContents {
  readonly name: string;
  readonly files: readonly FolderFile[];
}

/** Images per transaction, and so the most that a crash can lose. */
const batchSize = 8;

/**
 * Updates a store from a folder: removes images that are gone, keeps unchanged ones, embeds the
 * rest.
 *
 * @param model sha256 of the fp32 model; images of another model are embedded again
 * @param embed returns embedding and thumbnail of a file; throws if it is not a readable image
 * @param onProgress called before the first image and after each
 * @param signal stops after the current image and writes the batch
 * @throws what the store throws; earlier batches remain
 */
export async function embedFolder(
  store: Pick<FolderStore, "folder" | "images" | "update" | "clear">,
  { name, files }: FolderContents,
  model: string,
  embed: (file: File) => Promise<Pick<StoredImage, "embedding" | "thumbnail">>,
  onProgress: (progress: FolderProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const previous = await store.folder();
  if (previous && previous.model !== model) await store.clear();
  const stored = new Map((await store.images()).map((image) => [image.path, image]));
  const paths = new Set(files.map(({ path }) => path));
  const unreadable: string[] = [];
  const folder = (): StoredFolder => ({
    name,
    model,
    total: files.length,
    unreadable: [...unreadable],
  });
  const removed = [...stored.keys()].filter((path) => !paths.has(path));
  await store.update({ folder: folder(), remove: removed });

  const isUnchanged = ({ path, file }: FolderFile) => {
    const image = stored.get(path);
    return image?.bytes === file.size && image.modified === file.lastModified;
  };
  const pending = files.filter((file) => !isUnchanged(file));
  const start = performance.now();
  const report = (embedded: number) => {
    const left = pending.length - embedded;
    const rate = embedded === 0 ? undefined : (1000 * embedded) / (performance.now() - start);
    const secondsLeft = rate && left / rate;
    onProgress({ done: files.length - left, total: files.length, rate, secondsLeft });
  };
  report(0);
  let batch: StoredImage[] = [];
  const writeBatch = async () => {
    await store.update({ folder: folder(), put: batch });
    batch = [];
  };
  for (const [i, { path, file }] of pending.entries()) {
    if (signal.aborted) break;
    try {
      const result = await embed(file);
      batch.push({ path, bytes: file.size, modified: file.lastModified, ...result });
    } catch {
      unreadable.push(path);
    }
    report(i + 1);
    if (batch.length >= batchSize) await writeBatch();
  }
  await writeBatch();
}
