/** Downloads one asset, with retries and resumption. */
import { PlumageError } from "@plumage/models";
import { type Asset, matchesAsset } from "./asset.ts";

const uploadHint = "upload the complete dist folder again";

/** What has arrived of a file so far. */
class PartialFile {
  length = 0;
  readonly #buffer: Uint8Array<ArrayBuffer>;

  constructor(size: number) {
    this.#buffer = new Uint8Array(size);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.length);
  }

  /** @returns false if the file would exceed its size */
  append(chunk: Uint8Array): boolean {
    if (this.length + chunk.length > this.#buffer.length) return false;
    this.#buffer.set(chunk, this.length);
    this.length += chunk.length;
    return true;
  }
}

/** Why a request failed, and whether another one may succeed. */
interface Failure {
  readonly retryable: boolean;
  readonly error: PlumageError;
}

/**
 * Downloads an asset. An interrupted transfer resumes with a range request; a file with the wrong
 * content is requested again, bypassing the HTTP cache.
 *
 * @param retryDelays milliseconds before each retry
 * @param onReceived called with the bytes of each chunk, and with a negative count when the
 *   download starts over
 * @throws PlumageError "unavailable" if the file cannot be downloaded, "bad-file" if the host
 *   serves something else in its place
 */
export async function fetchAsset(
  asset: Asset,
  retryDelays: readonly number[],
  onReceived: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = new PartialFile(asset.bytes);
  const restart = () => {
    onReceived(-file.length);
    file.length = 0;
  };
  for (let attempt = 0; ; attempt++) {
    const failure = await receive(asset, file, attempt > 0, restart, onReceived);
    if (!failure && (await matchesAsset(asset, file.bytes))) return file.bytes;
    const delay = retryDelays[attempt];
    if (delay === undefined || failure?.retryable === false)
      throw failure?.error ?? wrongFile(asset, "a different file");
    if (!failure) restart();
    await new Promise((resolve) => setTimeout(resolve, delay));
  }
}

/** Makes one request. @returns what went wrong, or nothing once the body has ended */
async function receive(
  asset: Asset,
  file: PartialFile,
  isRetry: boolean,
  restart: () => void,
  onReceived: (bytes: number) => void,
): Promise<Failure | undefined> {
  const offset = file.length;
  let response: Response;
  try {
    response = await fetch(asset.url, {
      ...(isRetry ? { cache: "reload" } : {}),
      ...(offset > 0 ? { headers: { range: `bytes=${offset}-` } } : {}),
    });
  } catch (cause) {
    const message = `the ${asset.name} could not be downloaded`;
    const hint = "check your network connection, then reload the page";
    return { retryable: true, error: new PlumageError("unavailable", message, hint, { cause }) };
  }
  const rejection = rejectionOf(asset, response);
  if (response.status === 416) restart();
  if (rejection) return rejection;
  // A host that does not support ranges sends the whole file.
  const isResumed = response.headers.get("content-range")?.startsWith(`bytes ${offset}-`);
  if (offset > 0 && !isResumed) restart();
  const reader = response.body!.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      if (!file.append(value)) {
        await reader.cancel();
        restart();
        return undefined;
      }
      onReceived(value.length);
    }
  } catch (cause) {
    const message = `the download of the ${asset.name} was interrupted`;
    const hint = "reload the page to try again";
    return { retryable: true, error: new PlumageError("unavailable", message, hint, { cause }) };
  }
}

function rejectionOf(asset: Asset, { ok, body, status, headers }: Response): Failure | undefined {
  if (!ok || !body) {
    const message = `the ${asset.name} could not be downloaded: the host returned status ${status}`;
    const error = new PlumageError("unavailable", message, uploadHint);
    // Server errors may pass, and a rejected range is dropped; a missing file stays missing.
    return { retryable: status >= 500 || status === 416, error };
  }
  // Many hosts answer a request for a missing file with their start page and status 200.
  if (headers.get("content-type")?.startsWith("text/html"))
    return { retryable: false, error: wrongFile(asset, "a web page") };
  return undefined;
}

const wrongFile = (asset: Asset, actual: string): PlumageError =>
  new PlumageError(
    "bad-file",
    `the host serves ${actual} instead of the ${asset.name}`,
    uploadHint,
  );
