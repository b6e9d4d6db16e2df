/**
 * Embeds what is new or changed in a folder, a few images at a time, so that it can be interrupted
 * at any of them.
 */
import type { AboutFolder, FolderStore, KeptImage } from "./folderStore.ts";

/** A file of a folder, with its path below it, the folder's name first. */
export interface FolderFile {
  readonly path: string;
  readonly file: File;
}

export interface FolderProgress {
  readonly done: number;
  readonly total: number;
  /** Images embedded a second, in this run; nothing in the first moments. */
  readonly rate: number | undefined;
  readonly secondsLeft: number | undefined;
}

/** Images that are written together: what an interruption may cost. */
const together = 8;

type Store = Pick<FolderStore, "about" | "images" | "change" | "clear">;

/**
 * Brings a store in line with a folder: forgets what is gone, keeps what is unchanged, embeds the
 * rest.
 *
 * @param embed gives the embedding (half floats) and thumbnail of a file, and throws for one that
 * is no image
 * @param report is called after each image
 * @throws what the store throws; what was written before stays
 */
export async function embedFolder(
  store: Store,
  {
    name,
    files,
    model,
  }: { readonly name: string; readonly files: readonly FolderFile[]; readonly model: string },
  embed: (file: File) => Promise<Pick<KeptImage, "embedding" | "thumbnail">>,
  report: (progress: FolderProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const before = await store.about();
  if (before && before.model !== model) await store.clear();
  const kept = new Map((await store.images()).map((image) => [image.path, image]));
  const there = new Set(files.map(({ path }) => path));
  const unreadable: string[] = [];
  const about = (): AboutFolder => ({
    name,
    model,
    total: files.length,
    unreadable: [...unreadable],
  });
  await store.change({
    about: about(),
    remove: [...kept.keys()].filter((path) => !there.has(path)),
  });

  const isSame = ({ path, file }: FolderFile) => {
    const old = kept.get(path);
    return old?.bytes === file.size && old.modified === file.lastModified;
  };
  const fresh = files.filter((file) => !isSame(file));
  let done = files.length - fresh.length;
  const start = performance.now();
  const tell = (embedded: number) => {
    const rate = embedded === 0 ? undefined : embedded / ((performance.now() - start) / 1000);
    report({ done, total: files.length, rate, secondsLeft: rate && (files.length - done) / rate });
  };
  tell(0);
  let waiting: KeptImage[] = [];
  const write = async () => {
    await store.change({ about: about(), put: waiting });
    waiting = [];
  };
  for (const [embedded, { path, file }] of fresh.entries()) {
    if (signal.aborted) break;
    try {
      const seen = await embed(file);
      waiting.push({ path, bytes: file.size, modified: file.lastModified, ...seen });
    } catch {
      unreadable.push(path);
    }
    done++;
    tell(embedded + 1);
    if (waiting.length >= together) await write();
  }
  await write();
}
