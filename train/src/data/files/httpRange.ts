/** HTTP requests for the size of a file and for the rest of a partial one. */
import { open, rm } from "node:fs/promises";
import { PlumageError } from "@plumage/models";

export interface RequestFailure {
  readonly reason: string;
  /** Whether another attempt may succeed. */
  readonly canRetry: boolean;
}

/** Byte positions are those of the uncompressed file. */
const uncompressed = { "accept-encoding": "identity" };

/** Asks the server for the length of a file. */
export async function fetchSize(
  url: string,
  signal: AbortSignal,
): Promise<number | RequestFailure> {
  let response: Response;
  try {
    response = await fetch(url, { method: "HEAD", headers: uncompressed, signal });
  } catch (error) {
    signal.throwIfAborted();
    return { reason: reasonOf(error), canRetry: true };
  }
  if (!response.ok) return { reason: statusOf(response), canRetry: false };
  const bytes = Number(response.headers.get("content-length"));
  return bytes > 0 ? bytes : { reason: "the server does not report its length", canRetry: false };
}

/**
 * Requests the file from byte `start` on and appends it to `partFile`. Bytes that arrive before a
 * failure stay.
 *
 * @param onProgress called with the length of the part
 * @throws PlumageError "bad-file" if the part cannot be written
 */
export async function fetchRest(
  url: string,
  partFile: string,
  start: number,
  signal: AbortSignal,
  onProgress: (total: number) => void,
): Promise<RequestFailure | undefined> {
  let response: Response;
  try {
    const range = start > 0 ? { range: `bytes=${start}-` } : {};
    response = await fetch(url, { headers: { ...uncompressed, ...range }, signal });
  } catch (error) {
    return { reason: reasonOf(error), canRetry: true };
  }
  const { status, body } = response;
  if (!response.ok || !body) {
    await body?.cancel();
    // 416: the part is longer than the file. Delete it, so that the next attempt starts over.
    if (status === 416) await rm(partFile);
    return {
      reason: statusOf(response),
      canRetry: status === 416 || status === 429 || status >= 500,
    };
  }
  const isContinued = status === 206 && rangeStart(response) === start;
  if (status === 206 && !isContinued) {
    await body.cancel();
    await rm(partFile, { force: true });
    return { reason: "the server sends another range of the file", canRetry: true };
  }
  return appendTo(partFile, body, isContinued ? start : 0, onProgress);
}

async function appendTo(
  partFile: string,
  body: AsyncIterable<Uint8Array>,
  start: number,
  onProgress: (total: number) => void,
): Promise<RequestFailure | undefined> {
  const file = await open(partFile, start > 0 ? "a" : "w");
  let total = start;
  try {
    for await (const chunk of body) {
      await file.writeFile(chunk).catch((error: NodeJS.ErrnoException) => {
        throw new PlumageError(
          "bad-file",
          `${partFile} cannot be written: ${error.code}`,
          "free some disk space and try again; the download resumes",
          { cause: error },
        );
      });
      total += chunk.length;
      onProgress(total);
    }
  } catch (error) {
    if (error instanceof PlumageError) throw error;
    return { reason: reasonOf(error), canRetry: true };
  } finally {
    await file.sync();
    await file.close();
  }
  return undefined;
}

/** The first byte's position in "bytes 100-199/200". */
const rangeStart = (response: Response): number =>
  Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1]);

const statusOf = ({ status, statusText }: Response): string =>
  `the server responds with ${status} ${statusText}`.trim();

const noConnection = new Set(["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** fetch fails with "fetch failed"; the reason is in the error's cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  const code = cause?.code ?? cause?.message ?? message;
  return noConnection.has(code) ? `no connection to the server (${code})` : code;
}
