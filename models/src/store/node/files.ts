/** Reading and writing whole files. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { z } from "zod";
import { PlumageError } from "../../errors.ts";
import { parseJson } from "../json.ts";

/**
 * Writes a file so that a reader sees the old one or the new one and never a part: a temporary file
 * in the same folder, fsync, rename, fsync of the folder. Folders are made as needed.
 *
 * @param chunks the content, in one piece or in several (for files too large for one buffer)
 * @throws PlumageError "bad-file" where the system refuses (no right, no space, a file in the way)
 */
export async function writeFileWhole(
  path: string,
  chunks: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  try {
    await replaceFile(path, chunks);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const [reason] = (error as Error).message.split(", ");
    throw new PlumageError("bad-file", `${path} cannot be written: ${reason}`, undefined, {
      cause: error,
    });
  }
}

async function replaceFile(
  path: string,
  chunks: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const file = await open(temporary, "w");
    try {
      if (typeof chunks === "string" || chunks instanceof Uint8Array) await file.writeFile(chunks);
      else for (const chunk of chunks) await writeAll(file, chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await file.write(
      chunk,
      offset,
      Math.min(chunk.length - offset, 1 << 26),
    );
    offset += bytesWritten;
  }
}

/**
 * Makes a rename in this folder last through a power cut; where folders cannot be synced (Windows),
 * the rename has to do.
 */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

export const isMissing = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException)?.code === "ENOENT";

/** A file's text, with a PlumageError "bad-file" where there is none. */
export async function readText(path: string, hint?: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new PlumageError(
      "bad-file",
      isMissing(error) ? `${path} is missing` : `${path} cannot be read`,
      hint,
      {
        cause: error,
      },
    );
  }
}

/** Reads a JSON file and checks it. Errors name the file and the first field that does not fit. */
export async function readJson<T extends z.ZodType>(
  path: string,
  schema: T,
  hint?: string,
): Promise<z.infer<T>> {
  const text = await readText(path, hint);
  return parseJson(text, schema, path, hint);
}

/** Lower-case hexadecimal sha256 of a file. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw new PlumageError(
      "bad-file",
      isMissing(error) ? `${path} is missing` : `${path} cannot be read`,
      undefined,
      {
        cause: error,
      },
    );
  }
  return hash.digest("hex");
}

export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");
