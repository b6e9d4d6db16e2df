/** Downloads large files: resumes interrupted downloads and verifies a digest. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { PlumageError } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import { fetchRest, fetchSize } from "./httpRange.ts";

export interface DownloadSource {
  readonly url: string;
  /** Length of the file. Default: what the server reports. */
  readonly bytes?: number;
  /** Digest of the file in hexadecimal, or the first digits of it. Default: not verified. */
  readonly digest?: { readonly algorithm: "md5" | "sha256"; readonly hex: string };
}

export interface DownloadOptions {
  /** Shown by the progress bar. */
  readonly title: string;
  /** What to do without a connection; the hint of the error. */
  readonly hint: string;
  readonly signal: AbortSignal;
  /** Milliseconds before the first retry; doubles with each attempt. Default 1000. */
  readonly retryDelay?: number;
}

/** Consecutive attempts without a single new byte. */
const maxFailedAttempts = 4;

/**
 * Downloads a file to `path`. Resumes from `path`.part, the partial file of an interrupted
 * download, if the server supports ranges (RFC 9110, section 14).
 *
 * @throws PlumageError "unavailable" if the server cannot be reached or refuses; "bad-file" if the
 *   digest differs (the file is then deleted) or the file cannot be written
 */
export async function download(
  source: DownloadSource,
  path: string,
  options: DownloadOptions,
): Promise<void> {
  const partFile = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  const bytes = source.bytes ?? (await sizeOnServer(source, options));
  await downloadPart(source, partFile, bytes, options);
  if (source.digest) {
    const { algorithm, hex } = source.digest;
    const digest = await digestOf(partFile, algorithm, options.signal);
    if (!digest.startsWith(hex)) {
      await rm(partFile);
      throw wrongContent(source, `has the ${algorithm} ${digest}, not ${hex}`);
    }
  }
  await rename(partFile, path);
}

/** Requests the rest of the file until all bytes are there. */
async function downloadPart(
  source: DownloadSource,
  partFile: string,
  bytes: number,
  { title, hint, signal, retryDelay = 1000 }: DownloadOptions,
): Promise<void> {
  let size = await sizeOf(partFile);
  let megabytesShown = megabytes(size);
  const bar = progress(title, megabytes(bytes), "MB", megabytesShown);
  const showTotal = (total: number) => {
    bar.advance(megabytes(total) - megabytesShown, "");
    megabytesShown = megabytes(total);
  };
  try {
    for (let failedAttempts = 0; size !== bytes; ) {
      signal.throwIfAborted();
      const failure = await fetchRest(source.url, partFile, size, signal, showTotal);
      const before = size;
      size = await sizeOf(partFile);
      if (!failure && size === bytes) break;
      signal.throwIfAborted();
      if (failure && !failure.canRetry) throw unavailable(source, failure.reason, hint);
      // The part belongs to another file, or to another version of it.
      if (size > bytes) {
        await rm(partFile);
        throw wrongContent(source, `has more than ${bytes} bytes`);
      }
      failedAttempts = size > before ? 0 : failedAttempts + 1;
      if (failedAttempts === maxFailedAttempts)
        throw unavailable(source, failure?.reason ?? "the server sends an incomplete file", hint);
      bar.advance(0, `${failure?.reason ?? "the connection ended early"}; retrying`);
      await delay(retryDelay * 2 ** failedAttempts, undefined, { signal });
    }
  } finally {
    bar.finish();
  }
}

/**
 * Asks the server for the length of a file.
 *
 * @throws PlumageError "unavailable" if the server cannot be reached or does not say
 */
export async function sizeOnServer(
  source: DownloadSource,
  { hint, signal }: Pick<DownloadOptions, "hint" | "signal">,
): Promise<number> {
  const size = await fetchSize(source.url, signal);
  if (typeof size === "number") return size;
  throw unavailable(source, size.reason, hint);
}

const unavailable = ({ url }: DownloadSource, reason: string, hint: string) =>
  new PlumageError("unavailable", `${url} cannot be downloaded: ${reason}`, hint);

const wrongContent = ({ url }: DownloadSource, reason: string) =>
  new PlumageError(
    "bad-file",
    `the file from ${url} ${reason}`,
    "it was deleted: try again, or get the file elsewhere",
  );

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

async function digestOf(path: string, algorithm: string, signal: AbortSignal): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest("hex");
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
