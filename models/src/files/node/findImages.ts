/** Finds the image files below a folder, in an order that is the same on every machine. */
import type { Dirent } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { PlumageError } from "../../errors.ts";
import { hasImageExtension } from "../../image/imageFormat.ts";
import { escapedByte, type LeftOut, type LeftOutReason } from "./leftOut.ts";

/** A leading dot hides a file. Two are an ellipsis: "...and then.jpg". */
const hiddenName = /^\.[^.]/;

/** Folders in which systems keep copies, thumbnails and deleted files. */
const systemFolders: ReadonlySet<string> = new Set([
  "__macosx", // archives made on macOS
  "$recycle.bin", // Windows
  "system volume information",
  "@eadir", // Synology
  "#recycle",
  "#snapshot",
  "@recycle", // QNAP
  "@recently-snapshot",
]);

/** Whether a search passes over a file or folder of this name, as hidden or as the system's. */
export const isPassedOver = (base: string): boolean =>
  hiddenName.test(base) || systemFolders.has(base.toLowerCase());

/** The result of a search. */
export interface FoundImages {
  /** Relative to the folder, with slashes; sorted by code units. */
  readonly images: string[];
  readonly leftOut: LeftOut[];
}

interface Folder {
  /** Relative to the root; empty for the root. */
  readonly name: string;
  /** The path without links. */
  readonly real: string;
}

type Kind = "file" | "folder" | "link" | "special" | "unreadable";

/**
 * Searches a folder and its subfolders. Follows links, after everything else, unless they lead to a
 * file or folder that was visited before: so each image is found once, and a circle ends.
 *
 * @param hint what to do about a folder that cannot be read
 * @throws PlumageError "bad-file" if the folder itself cannot be read
 */
export async function findImages(
  root: string,
  hint: string,
  signal?: AbortSignal,
): Promise<FoundImages> {
  const search = new Search(root, signal);
  try {
    await search.visit({ name: "", real: await realpath(root) });
  } catch (cause) {
    const problem = folderProblem(fileErrorCode(cause));
    throw new PlumageError("bad-file", `${root} ${problem}`, hint, { cause });
  }
  await search.followLinks();
  search.images.sort();
  return search;
}

/** The code of a file system's error. @throws any other error, such as an abort */
function fileErrorCode(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") throw error;
  return code;
}

function folderProblem(code: string): string {
  if (code === "ENOENT") return "is missing";
  return code === "ENOTDIR" ? "is not a folder" : `cannot be read (${code})`;
}

class Search implements FoundImages {
  readonly images: string[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #root: string;
  readonly #signal: AbortSignal | undefined;
  /** Real paths of folders and files. */
  readonly #visited = new Set<string>();
  readonly #links: string[] = [];

  constructor(root: string, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#signal = signal;
  }

  /** Lists a folder and those below it. @throws the error of reading the folder itself */
  async visit({ name, real }: Folder): Promise<void> {
    this.#signal?.throwIfAborted();
    const entries = await readdir(real, { withFileTypes: true, encoding: "buffer" });
    this.#visited.add(real);
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    for (const entry of entries) await this.#add({ name, real }, entry);
  }

  /** Follows the links found so far, and those found on the way. */
  async followLinks(): Promise<void> {
    for (const name of this.#links) {
      try {
        const real = await realpath(join(this.#root, name));
        if (this.#visited.has(real)) {
          this.#leaveOut(name, "repeated");
          continue;
        }
        const status = await stat(real);
        if (status.isDirectory()) await this.visit({ name, real });
        else if (status.isFile()) this.#addFile(name, real);
        else this.#leaveOut(name, "special");
      } catch (error) {
        const code = fileErrorCode(error);
        const isBroken = code === "ENOENT" || code === "ELOOP";
        this.#leaveOut(name, isBroken ? "brokenLink" : "unreadable");
      }
    }
  }

  async #add(folder: Folder, entry: Dirent<Buffer>): Promise<void> {
    const base = decodedName(entry.name);
    const within = (part: string) => (folder.name ? `${folder.name}/${part}` : part);
    if (base === undefined) return this.#leaveOut(within(escapedName(entry.name)), "encoding");
    const name = within(base);
    if (hiddenName.test(base)) return this.#leaveOut(name, "hidden");
    const real = join(folder.real, base);
    const kind = await kindOf(entry, real);
    if (kind === "special" || kind === "unreadable") return this.#leaveOut(name, kind);
    if (kind !== "file" && systemFolders.has(base.toLowerCase()))
      return this.#leaveOut(name, "system");
    if (kind === "link") this.#links.push(name);
    else if (kind === "file") this.#addFile(name, real);
    else
      await this.visit({ name, real }).catch((error) => {
        fileErrorCode(error);
        this.#leaveOut(name, "unreadable");
      });
  }

  #addFile(name: string, real: string): void {
    this.#visited.add(real);
    if (hasImageExtension(name)) this.images.push(name);
    else this.#leaveOut(name, "other");
  }

  #leaveOut(name: string, reason: LeftOutReason): void {
    this.leftOut.push({ name, reason });
  }
}

async function kindOf(entry: Dirent<Buffer>, path: string): Promise<Kind> {
  const isUnknown = ![
    entry.isFile(),
    entry.isDirectory(),
    entry.isSymbolicLink(),
    entry.isSocket(),
    entry.isFIFO(),
    entry.isBlockDevice(),
    entry.isCharacterDevice(),
  ].includes(true);
  // Some network file systems list names without their kinds.
  const status = isUnknown ? await lstat(path).catch(() => undefined) : entry;
  if (!status) return "unreadable";
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "folder";
  return status.isSymbolicLink() ? "link" : "special";
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @returns undefined for a name that is not UTF-8 and so has no text that leads back to it */
function decodedName(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A name as text to print. */
const escapedName = (bytes: Buffer): string =>
  Array.from(bytes, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : escapedByte(byte),
  ).join("");
