/** Reads and writes whole files. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { z } from "zod";
import { PlumageError, systemErrors } from "../../errors.ts";
import { parseJson } from "../json.ts";
import { unreadable } from "../unreadable.ts";

/**
 * Writes a file atomically: a reader sees the old file or the new one, never a part. The content
 * goes to a temporary file in the same folder, which is synced and renamed. Creates folders as
 * needed.
 *
 * @param chunks the content; in several chunks if it is too large for one buffer
 * @throws PlumageError "full" without space, "denied" without permission, otherwise "bad-file" if
 *   the system refuses
 */
export async function writeFileWhole(
  path: string,
  chunks: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  try {
    await replaceFile(path, chunks);
  } catch (error) {
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    const [reason] = (error as Error).message.split(", ");
    throw new PlumageError(
      systemErrors[code!] ?? "bad-file",
      `${path} cannot be written: ${reason}`,
      undefined,
      {
        cause: error,
      },
    );
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

/** Makes a rename survive a power cut. Windows cannot sync folders; there it does nothing. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (!handle) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

/** Whether a file system error says that the file does not exist. */
export const isMissing = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException)?.code === "ENOENT";

/**
 * Reads a text file.
 *
 * @throws PlumageError "bad-file" if it is missing or unreadable
 */
export async function readText(path: string, hint?: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw unreadable(path, error, hint);
  }
}

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @throws PlumageError "bad-file" that names the file and the first invalid field
 */
export async function readJson<T extends z.ZodType>(
  path: string,
  schema: T,
  hint?: string,
): Promise<z.infer<T>> {
  const text = await readText(path, hint);
  return parseJson(text, schema, path, hint);
}

/** sha256 of a file, in lowercase hexadecimal. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw unreadable(path, error);
  }
  return hash.digest("hex");
}

/** sha256 of some bytes, in lowercase hexadecimal. */
export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");
