/** An item's encoded image, opened: it is read in parts, so that slow readers take no memory. */
import { constants } from "node:fs";
import { type FileHandle, lstat, open, realpath } from "node:fs/promises";
import { PlumageError } from "@plumage/models";

export interface ImageFile {
  /** Changes when the content does; what has the same content may have the same. */
  readonly tag: string;
  /** Length in bytes. */
  readonly bytes: number;
  /** @returns fewer bytes than requested only at the end */
  read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** What the system answers for a path that leads to no file, or to none that may be read. */
const absentCodes = ["ENOENT", "ENOTDIR", "ELOOP", "EACCES", "EPERM", "ENXIO"];
const exhaustedCodes = ["EMFILE", "ENFILE"];

/**
 * Opens a file as it was indexed: a regular file at a path without links. Whoever can write to a
 * gallery's folders may put a link, a pipe or a device in the place of an image or of a folder.
 *
 * @param path the real path
 * @param tag of the content, if it is known
 * @returns undefined if the file is gone, may not be read, or is something else
 * @throws PlumageError "unavailable" if too many files are open
 */
export async function openImageFile(path: string, tag?: string): Promise<ImageFile | undefined> {
  try {
    return await openRegularFile(path, tag);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (exhaustedCodes.includes(code))
      throw new PlumageError("unavailable", "too many files are open", "try again in a moment");
    if (!absentCodes.includes(code)) throw error;
    return undefined;
  }
}

/**
 * The same.
 *
 * @returns undefined if there is something else
 * @throws the system's error if the file is gone or may not be read
 */
export async function openRegularFile(path: string, tag?: string): Promise<ImageFile | undefined> {
  // Some devices act on being opened.
  if (!(await lstat(path)).isFile()) return undefined;
  // A pipe that has taken its place since would wait for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const opened = await file.stat();
    const named = await lstat(path);
    const isSame = opened.ino === named.ino && opened.dev === named.dev;
    if (opened.isFile() && isSame && (await realpath(path)) === path) {
      const version = `${opened.size.toString(36)}-${opened.mtimeMs.toString(36)}`;
      return imageFileOf(file, opened.size, tag ?? version);
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return undefined;
}

const imageFileOf = (file: FileHandle, bytes: number, tag: string): ImageFile => ({
  tag,
  bytes,
  async read(start, length) {
    const part = new Uint8Array(Math.max(0, Math.min(length, bytes - start)));
    let filled = 0;
    while (filled < part.length) {
      const { bytesRead } = await file.read(part, filled, part.length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return part.subarray(0, filled);
  },
  close: () => file.close(),
});

/** Reads all of an image, and closes it. */
export async function readWhole(file: ImageFile): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await file.read(0, file.bytes);
  } finally {
    await file.close();
  }
}

/** Bytes given to a connection at a time. */
const chunkBytes = 2 ** 18;

/** The part by which an image's type is known. */
export const readStart = (file: ImageFile): Promise<Uint8Array<ArrayBuffer>> =>
  file.read(0, chunkBytes);

/**
 * Streams an image as fast as it is read, so that a slow reader costs one open file; closes it at
 * the end, or when the reader leaves.
 *
 * @param start what `readStart` returned
 */
export function streamFile(
  file: ImageFile,
  start: Uint8Array<ArrayBuffer>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = 0;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
    const chunk = sent === 0 ? start : await file.read(sent, chunkBytes);
    sent += chunk.length;
    // The length was announced: only a broken connection tells the reader that this is not all.
    if (chunk.length === 0) throw new Error("an image file became shorter while it was sent");
    controller.enqueue(chunk);
    if (sent < file.bytes) return;
    await file.close();
    controller.close();
  };
  return new ReadableStream(
    {
      pull: (controller) =>
        pull(controller).catch(async (error) => {
          await file.close();
          throw error;
        }),
      cancel: () => file.close(),
    },
    { highWaterMark: 0 },
  );
}
