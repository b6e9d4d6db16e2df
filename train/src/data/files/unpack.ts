/** Unpacks .tar and .tar.gz archives into a folder that appears only once it is complete. */
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PlumageError } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { Unpack } from "tar";

export interface UnpackOptions {
  /** Shown by the progress bar. */
  readonly title: string;
  readonly signal: AbortSignal;
}

const extractedTypes = new Set(["File", "OldFile", "ContiguousFile", "Directory"]);

/**
 * Unpacks the folder `member` of an archive as `folder`. Skips links and paths that lead outside.
 *
 * @throws PlumageError "bad-file" if the archive is damaged or has no such folder
 */
export async function unpack(
  archive: string,
  member: string,
  folder: string,
  { title, signal }: UnpackOptions,
): Promise<void> {
  const temporary = join(dirname(folder), `.${member}.unpacking`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const { size } = await stat(archive);
  const bar = progress(title, Math.round(size / 1e6), "MB");
  let [bytesRead, megabytesShown] = [0, 0];
  const counter = new Transform({
    transform(chunk: Buffer, _, done) {
      bytesRead += chunk.length;
      bar.advance(Math.round(bytesRead / 1e6) - megabytesShown);
      megabytesShown = Math.round(bytesRead / 1e6);
      done(null, chunk);
    },
  });
  try {
    const sink = new Unpack({
      cwd: temporary,
      strict: true,
      filter: (path, entry) =>
        "type" in entry &&
        extractedTypes.has(entry.type) &&
        path.replace(/^\.\//, "").split("/", 1)[0] === member,
    });
    await pipeline(createReadStream(archive), counter, sink as unknown as NodeJS.WritableStream, {
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
    // After a failure, tar may still be writing files.
    await rm(temporary, { recursive: true, force: true, maxRetries: 10 });
  }
}
