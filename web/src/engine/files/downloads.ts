/**
 * The large files of a visit: read from CacheStorage where an earlier visit stored them, otherwise
 * downloaded. Both are checked by size and digest before use; a damaged copy is downloaded again.
 */
import { type Asset, matchesAsset } from "./asset.ts";
import { fetchAsset } from "./fetchAsset.ts";

/** Bytes of all downloads of this visit; stored files do not count. */
export interface DownloadProgress {
  readonly received: number;
  readonly total: number;
  /** At the average rate so far; unknown in the first second. */
  readonly secondsLeft: number | undefined;
}

/** Whether all files are stored for offline visits, and if not, why. */
export type StorageStatus =
  | { readonly stored: true }
  | { readonly stored: false; readonly reason: "unavailable" }
  | {
      readonly stored: false;
      readonly reason: "full";
      readonly neededBytes: number;
      readonly freeBytes: number | undefined;
    };

/** Milliseconds before each retry of a download. */
const defaultRetryDelays: readonly number[] = [500, 2000];

/** Keyed by digest: a file that is the same in a new build is not downloaded again. */
const keyOf = (asset: Asset): string => `https://plumage.invalid/sha256/${asset.sha256}`;

/** Pages on one origin are distinguished by their path, one folder above this script. */
const cacheName = (): string => `plumage-data ${new URL("..", self.location.href).pathname}`;

/** Insecure contexts have no CacheStorage, and a private window may deny access to it. */
const openCache = async (): Promise<Cache | undefined> =>
  globalThis.caches?.open(cacheName()).catch(() => undefined);

export class Downloads {
  readonly #planned = new Set<Asset>();
  readonly #cache: Cache | undefined;
  readonly #onProgress: (progress: DownloadProgress) => void;
  readonly #retryDelays: readonly number[];
  #storage: StorageStatus;
  #total = 0;
  #received = 0;
  #start: number | undefined;

  private constructor(
    cache: Cache | undefined,
    onProgress: (progress: DownloadProgress) => void,
    retryDelays: readonly number[],
  ) {
    this.#cache = cache;
    this.#onProgress = onProgress;
    this.#retryDelays = retryDelays;
    this.#storage = cache ? { stored: true } : { stored: false, reason: "unavailable" };
  }

  /**
   * @param onProgress called for each chunk that arrives
   * @param retryDelays milliseconds before each retry of a download
   */
  static async open(
    onProgress: (progress: DownloadProgress) => void,
    retryDelays: readonly number[] = defaultRetryDelays,
  ): Promise<Downloads> {
    return new Downloads(await openCache(), onProgress, retryDelays);
  }

  /** Adds files to the total of the progress. @returns whether all of them are stored already */
  async plan(assets: readonly Asset[]): Promise<boolean> {
    const added = assets.filter((asset) => !this.#planned.has(asset));
    for (const asset of added) this.#planned.add(asset);
    const missing = await Promise.all(
      added.map(async (asset) => ((await this.#cache?.match(keyOf(asset))) ? 0 : asset.bytes)),
    );
    const bytes = missing.reduce((sum, one) => sum + one, 0);
    this.#total += bytes;
    return bytes === 0;
  }

  /** Whether everything requested so far is stored for later visits, and if not, why. */
  get storage(): StorageStatus {
    return this.#storage;
  }

  /**
   * The content of a file.
   *
   * @throws PlumageError "unavailable" if it cannot be downloaded, "bad-file" if the host serves
   *   something else in its place
   */
  async get(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
    await this.plan([asset]);
    const stored = await this.#cache?.match(keyOf(asset));
    if (stored) {
      // A full disk or a killed browser can leave a truncated entry.
      const bytes = await stored.arrayBuffer().then(
        (buffer) => new Uint8Array(buffer),
        () => undefined,
      );
      if (bytes && (await matchesAsset(asset, bytes))) return bytes;
      await this.#cache?.delete(keyOf(asset));
      this.#total += asset.bytes;
    }
    const bytes = await fetchAsset(asset, this.#retryDelays, (count) => this.#advance(count));
    await this.#store(asset, bytes);
    return bytes;
  }

  /** Deletes stored files of earlier builds: all but `assets` and those of this visit. */
  async deleteOthers(assets: readonly Asset[] = []): Promise<void> {
    const current = new Set([...this.#planned, ...assets].map(keyOf));
    for (const request of (await this.#cache?.keys()) ?? [])
      if (!current.has(request.url)) await this.#cache?.delete(request);
  }

  async #store(asset: Asset, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const put = () => this.#cache?.put(keyOf(asset), new Response(bytes));
    try {
      await put();
    } catch {
      try {
        // Files of an earlier build may be what fills the storage.
        await this.deleteOthers();
        await put();
      } catch {
        // The page works without storage, on this visit.
        this.#storage = await this.#fullStorage();
      }
    }
  }

  async #fullStorage(): Promise<StorageStatus> {
    const estimate = await globalThis.navigator?.storage?.estimate().catch(() => undefined);
    return {
      stored: false,
      reason: "full",
      neededBytes: [...this.#planned].reduce((sum, { bytes }) => sum + bytes, 0),
      freeBytes: estimate?.quota === undefined ? undefined : estimate.quota - (estimate.usage ?? 0),
    };
  }

  #advance(bytes: number): void {
    this.#received += bytes;
    // A restart is reported together with the next chunk.
    if (bytes <= 0) return;
    const now = performance.now();
    this.#start ??= now;
    const seconds = (now - this.#start) / 1000;
    const remaining = this.#total - this.#received;
    // The first second says little about the rate.
    const secondsLeft =
      seconds < 1 || this.#received === 0 ? undefined : (remaining * seconds) / this.#received;
    this.#onProgress({ received: this.#received, total: this.#total, secondsLeft });
  }
}
