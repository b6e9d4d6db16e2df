/**
 * Large files from public addresses: resumed where they were cut off, and not taken for good before
 * their digest fits.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { PlumageError } from "@plumage/models";
import { progress } from "@plumage/models/cli";

export interface DownloadSource {
  readonly url: string;
  /** Without it, what the server says. */
  readonly bytes?: number;
  /** Of the file; its start is enough. */
  readonly digest: { readonly algorithm: "md5" | "sha256"; readonly hex: string };
}

export interface DownloadOptions {
  /** What is shown while it runs. */
  readonly title: string;
  /** What to do where there is no connection. */
  readonly hint: string;
  readonly signal: AbortSignal;
  /**
   * Milliseconds before a connection that broke is tried again, grown with each attempt in vain.
   */
  readonly patience?: number;
}

/** Attempts without a byte gained; one that gains any starts the count again. */
const attempts = 4;
const megabyte = 1e6;

/**
 * Downloads to `path`. The part that is there already (`path`.part, of a run that was stopped, or
 * of a connection that broke) is not fetched again, if the server can continue a file (RFC 9110,
 * section 14).
 *
 * @throws PlumageError "unavailable" where the server cannot be reached or refuses; "bad-file"
 * where the bytes are not those of the digest, which are removed then, or cannot be written
 */
export async function download(
  source: DownloadSource,
  path: string,
  options: DownloadOptions,
): Promise<void> {
  const part = `${path}.part`;
  await mkdir(dirname(path), { recursive: true });
  let size = await sizeOf(part);
  const bytes = source.bytes ?? (await announcedSize(source, options));
  const bar = progress(options.title, megabytes(bytes), "MB", megabytes(size));
  const shown = { total: megabytes(size) };
  try {
    for (let vain = 0; size !== bytes; ) {
      options.signal.throwIfAborted();
      const failure = await fetchRest(source, part, size, options.signal, (now) => {
        bar.advance(megabytes(now) - shown.total, "");
        shown.total = megabytes(now);
      });
      const before = size;
      size = await sizeOf(part);
      if (!failure && size === bytes) break;
      options.signal.throwIfAborted();
      if (failure && !failure.again) throw unavailable(source, failure.reason, options.hint);
      // More bytes than there are: of another file, or of an earlier edition of this one.
      if (size > bytes) {
        await rm(part);
        throw wrong(source, `has more than its ${bytes} bytes`);
      }
      vain = size > before ? 0 : vain + 1;
      if (vain === attempts)
        throw unavailable(source, failure?.reason ?? "it sends less than all", options.hint);
      bar.advance(0, `${failure?.reason ?? "the connection ended early"}; trying again`);
      await delay((options.patience ?? 1000) * 2 ** vain, undefined, { signal: options.signal });
    }
  } finally {
    bar.finish();
  }
  const digest = await digestOf(part, source.digest.algorithm, options.signal);
  if (!digest.startsWith(source.digest.hex)) {
    await rm(part);
    throw wrong(source, `has the ${source.digest.algorithm} ${digest}, not ${source.digest.hex}`);
  }
  await rename(part, path);
}

async function announcedSize(
  source: DownloadSource,
  { hint, signal }: DownloadOptions,
): Promise<number> {
  const headers = { "accept-encoding": "identity" };
  const response = await fetch(source.url, { method: "HEAD", headers, signal }).catch(
    (error: unknown) => {
      signal.throwIfAborted();
      throw unavailable(source, reasonOf(error), hint);
    },
  );
  if (!response.ok)
    throw unavailable(
      source,
      `the server answers ${response.status} ${response.statusText}`.trim(),
      hint,
    );
  const bytes = Number(response.headers.get("content-length"));
  if (bytes > 0) return bytes;
  throw unavailable(source, "the server does not say how large it is", hint);
}

interface Failure {
  readonly reason: string;
  /** Whether another attempt may do better. */
  readonly again: boolean;
}

/** One request, from byte `size` on; what arrives is on disk even if it ends early. */
async function fetchRest(
  { url }: DownloadSource,
  part: string,
  size: number,
  signal: AbortSignal,
  arrived: (total: number) => void,
): Promise<Failure | undefined> {
  let response: Response;
  try {
    // Compressed on the way, byte numbers would be those of another file.
    const headers = {
      "accept-encoding": "identity",
      ...(size > 0 ? { range: `bytes=${size}-` } : {}),
    };
    response = await fetch(url, { headers, signal });
  } catch (error) {
    return { reason: reasonOf(error), again: true };
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    // 416: the part does not lie within the file; it has to go, and the next attempt begins anew.
    if (response.status === 416) await rm(part);
    const again = response.status === 416 || response.status === 429 || response.status >= 500;
    return { reason: `the server answers ${response.status} ${response.statusText}`.trim(), again };
  }
  const continued = response.status === 206 && startOf(response) === size;
  if (response.status === 206 && !continued) {
    await response.body.cancel();
    await rm(part, { force: true });
    return { reason: "the server continues the file at another place", again: true };
  }
  const file = await open(part, continued ? "a" : "w");
  let total = continued ? size : 0;
  try {
    for await (const chunk of response.body) {
      await file.writeFile(chunk).catch((error: NodeJS.ErrnoException) => {
        throw new PlumageError(
          "bad-file",
          `${part} cannot be written: ${error.code}`,
          "make room and start again: what is there stays",
        );
      });
      total += chunk.length;
      arrived(total);
    }
  } catch (error) {
    if (error instanceof PlumageError) throw error;
    return { reason: reasonOf(error), again: true };
  } finally {
    await file.sync();
    await file.close();
  }
  return undefined;
}

/** The first byte's number in "bytes 100-199/200". */
const startOf = (response: Response): number =>
  Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1]);

/** Its name cannot be looked up, or no way leads there. */
const noConnection = new Set(["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** fetch says "fetch failed"; why stands in its cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  const code = cause?.code ?? cause?.message ?? message;
  return noConnection.has(code) ? `there is no connection to it (${code})` : code;
}

const unavailable = ({ url }: DownloadSource, reason: string, hint: string) =>
  new PlumageError("unavailable", `${url} cannot be downloaded: ${reason}`, hint);

const wrong = ({ url }: DownloadSource, what: string) =>
  new PlumageError(
    "bad-file",
    `what came from ${url} ${what}`,
    "it is removed: try again, or get the file elsewhere",
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

const megabytes = (bytes: number): number => Math.round(bytes / megabyte);
