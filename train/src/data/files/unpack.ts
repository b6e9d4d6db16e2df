/** .tar and .tar.gz archives into a folder that appears only when all of it is there. */
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PlumageError } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { Unpack } from "tar";

export interface UnpackOptions {
  readonly title: string;
  readonly signal: AbortSignal;
}

/**
 * Unpacks the folder `member` of an archive as `folder`. Links, and paths that lead outside, are
 * left in the archive.
 *
 * @throws PlumageError "bad-file" where the archive is damaged, or has no such folder
 */
export async function unpack(
  archive: string,
  member: string,
  folder: string,
  { title, signal }: UnpackOptions,
) {
  const temporary = join(dirname(folder), `.${member}.unpacking`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const { size } = await stat(archive);
  const bar = progress(title, Math.round(size / 1e6), "MB");
  let [read, shown] = [0, 0];
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      read += chunk.length;
      bar.advance(Math.round(read / 1e6) - shown);
      shown = Math.round(read / 1e6);
      done(null, chunk);
    },
  });
  const files = new Set(["File", "OldFile", "ContiguousFile", "Directory"]);
  try {
    const sink = new Unpack({
      cwd: temporary,
      strict: true,
      filter: (path, entry) =>
        "type" in entry &&
        files.has(entry.type) &&
        path.replace(/^\.\//, "").split("/", 1)[0] === member,
    });
    await pipeline(createReadStream(archive), counted, sink as unknown as NodeJS.WritableStream, {
      signal,
    });
    await rename(join(temporary, member), folder);
  } catch (error) {
    if (signal.aborted) throw error;
    const { message } = error as Error;
    throw new PlumageError("bad-file", `${archive} cannot be unpacked: ${message}`, undefined, {
      cause: error,
    });
  } finally {
    bar.finish();
    // Files that were in hand when it failed may still be on their way to the disk.
    await rm(temporary, { recursive: true, force: true, maxRetries: 10 });
  }
}
