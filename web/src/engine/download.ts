/**
 * Gets the large files: from this device where an earlier visit kept them, else from the host, checked by size and
 * digest before anything uses or keeps them.
 */
import { PlumageError } from "@plumage/models";
import type { Progress } from "./protocol.ts";

/** A file of the build, as build/assets.ts lists it. */
export interface Asset {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

const uploadAgain = "put the whole of dist on the host again";

/** Files by digest, so that one which did not change is not fetched again with a new build. */
const keyOf = (asset: Asset): string => `https://plumage.invalid/sha256/${asset.sha256}`;

/** The name tells pages apart that share an origin; the worker's script lies one folder below the page. */
const cacheName = (): string => `plumage-data ${new URL("..", self.location.href).pathname}`;

/** Pages without https, localhost aside, have no CacheStorage; a browser may refuse it in a private window. */
const openCache = async (): Promise<Cache | undefined> => globalThis.caches?.open(cacheName()).catch(() => undefined);

/** The downloads of one visit. */
export class Downloads {
  /** Whether everything asked for so far is kept for later visits. */
  kept: boolean;
  readonly #cache: Cache | undefined;
  readonly #report: (progress: Progress) => void;
  readonly #total: number;
  #received = 0;

  private constructor(cache: Cache | undefined, total: number, report: (progress: Progress) => void) {
    this.#cache = cache;
    this.kept = cache !== undefined;
    this.#total = total;
    this.#report = report;
  }

  /** Looks which of these files must be fetched. @param report is called with every piece that arrives */
  static async plan(assets: readonly Asset[], report: (progress: Progress) => void): Promise<Downloads> {
    const cache = await openCache();
    const missing = await Promise.all(
      assets.map(async (asset) => ((await cache?.match(keyOf(asset))) ? 0 : asset.bytes)),
    );
    return new Downloads(
      cache,
      missing.reduce((sum, bytes) => sum + bytes, 0),
      report,
    );
  }

  /** @throws PlumageError "unavailable" if it cannot be fetched, "bad-file" if the host has another file in its place */
  async get(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
    const stored = await this.#cache?.match(keyOf(asset));
    if (stored) {
      const bytes = new Uint8Array(await stored.arrayBuffer());
      if (bytes.length === asset.bytes) return bytes;
    }
    const bytes = await this.#fetch(asset);
    await this.#cache?.put(keyOf(asset), new Response(bytes)).catch(() => {
      // Storage is full: the page works all the same, this time.
      this.kept = false;
    });
    return bytes;
  }

  /** Lets go of files of earlier builds. */
  async keepOnly(assets: readonly Asset[]): Promise<void> {
    const current = new Set(assets.map(keyOf));
    for (const request of (await this.#cache?.keys()) ?? [])
      if (!current.has(request.url)) await this.#cache?.delete(request);
  }

  async #fetch(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
    const response = await fetch(asset.url).catch((error: unknown) => {
      throw new PlumageError("unavailable", `the ${asset.name} cannot be fetched`, "check the network, then reload", {
        cause: error,
      });
    });
    if (!response.ok || !response.body)
      throw new PlumageError(
        "unavailable",
        `the ${asset.name} cannot be fetched: the host answered ${response.status}`,
        uploadAgain,
      );
    const bytes = await readBody(asset, response.body, (count) => {
      this.#received += count;
      this.#report({ received: this.#received, total: this.#total });
    });
    if (bytes && (await isFile(asset, bytes))) return bytes;
    // Many hosts answer a missing file with their start page and status 200.
    const isPage = response.headers.get("content-type")?.startsWith("text/html");
    throw new PlumageError(
      "bad-file",
      `the host has ${isPage ? "a web page" : "another file"} in place of the ${asset.name}`,
      uploadAgain,
    );
  }
}

/** All of a body; nothing if it is longer than the file. @param report is told how many bytes each piece has */
async function readBody(
  asset: Asset,
  body: ReadableStream<Uint8Array>,
  report: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(asset.bytes);
  let length = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw new PlumageError("unavailable", `the download of the ${asset.name} broke off`, "reload to try again", {
        cause: error,
      });
    });
    if (done) return bytes.subarray(0, length);
    if (length + value.length > bytes.length) {
      await reader.cancel();
      return undefined;
    }
    bytes.set(value, length);
    length += value.length;
    report(value.length);
  }
}

/** Whether these bytes are the file. Where there is no https there is no digest either, and the length has to do. */
async function isFile(asset: Asset, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return bytes.length === asset.bytes && (!globalThis.crypto?.subtle || (await sha256(bytes)) === asset.sha256);
}

/** Lower-case hexadecimal sha256. Needs a secure context. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
