/**
 * Gets the large files: from this device where an earlier visit kept them, else from the host.
 * Either way they are checked by size and digest before anything uses them; what is broken is
 * fetched again.
 */
import { PlumageError } from "@plumage/models";
import type { Progress, Storage } from "../protocol.ts";

/** A file of the build, as build/assets.ts lists it. */
export interface Asset {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

const uploadAgain = "put the whole of dist on the host again";

/** Milliseconds before each further attempt at a file. */
const pauses: readonly number[] = [500, 2000];

/** Files by digest, so that one which did not change is not fetched again with a new build. */
const keyOf = (asset: Asset): string => `https://plumage.invalid/sha256/${asset.sha256}`;

/**
 * The name tells pages apart that share an origin; the worker's script lies one folder below the
 * page.
 */
const cacheName = (): string => `plumage-data ${new URL("..", self.location.href).pathname}`;

/**
 * Pages without https, localhost aside, have no CacheStorage; a browser may refuse it in a private
 * window.
 */
const openCache = async (): Promise<Cache | undefined> =>
  globalThis.caches?.open(cacheName()).catch(() => undefined);

/** The downloads of one visit. */
export class Downloads {
  readonly #planned = new Set<Asset>();
  readonly #cache: Cache | undefined;
  readonly #report: (progress: Progress) => void;
  readonly #pauses: readonly number[];
  #storage: Storage;
  #total = 0;
  #received = 0;
  #start: number | undefined;

  private constructor(
    cache: Cache | undefined,
    report: (progress: Progress) => void,
    waits: readonly number[],
  ) {
    this.#cache = cache;
    this.#report = report;
    this.#pauses = waits;
    this.#storage = cache ? { kept: true } : { kept: false, reason: "none" };
  }

  /**
   * @param report is called with every piece that arrives
   * @param waits milliseconds before each further attempt at a file
   */
  static async open(
    report: (progress: Progress) => void,
    waits: readonly number[] = pauses,
  ): Promise<Downloads> {
    return new Downloads(await openCache(), report, waits);
  }

  /**
   * Looks which of these files must be fetched, and counts them to what there is to do. @returns
   * whether none of them must
   */
  async plan(assets: readonly Asset[]): Promise<boolean> {
    const fresh = assets.filter((asset) => !this.#planned.has(asset));
    for (const asset of fresh) this.#planned.add(asset);
    const missing = await Promise.all(
      fresh.map(async (asset) => ((await this.#cache?.match(keyOf(asset))) ? 0 : asset.bytes)),
    );
    const bytes = missing.reduce((sum, one) => sum + one, 0);
    this.#total += bytes;
    return bytes === 0;
  }

  /** Whether everything asked for so far is kept for later visits, and if not, why. */
  get storage(): Storage {
    return this.#storage;
  }

  /**
   * @throws PlumageError "unavailable" if it cannot be fetched, "bad-file" if the host has another
   * file in its place, both after further attempts where those can help
   */
  async get(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
    await this.plan([asset]);
    const stored = await this.#cache?.match(keyOf(asset));
    if (stored) {
      // A disk that was full or a browser that was killed can leave less than was put there.
      const bytes = await stored.arrayBuffer().then(
        (buffer) => new Uint8Array(buffer),
        () => undefined,
      );
      if (bytes && (await isFile(asset, bytes))) return bytes;
      await this.#cache?.delete(keyOf(asset));
      this.#total += asset.bytes;
    }
    const bytes = await this.#fetch(asset);
    await this.#keep(asset, bytes);
    return bytes;
  }

  /** Lets go of files of earlier builds: all but these, and those of this visit. */
  async forgetOthers(assets: readonly Asset[] = []): Promise<void> {
    const current = new Set([...this.#planned, ...assets].map(keyOf));
    for (const request of (await this.#cache?.keys()) ?? [])
      if (!current.has(request.url)) await this.#cache?.delete(request);
  }

  async #keep(asset: Asset, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const put = () => this.#cache?.put(keyOf(asset), new Response(bytes));
    try {
      await put();
    } catch {
      try {
        // An earlier build's files may be what fills it.
        await this.forgetOthers();
        await put();
      } catch {
        // The page works all the same, this time.
        const estimate = await globalThis.navigator?.storage?.estimate().catch(() => undefined);
        const free =
          estimate?.quota === undefined ? undefined : estimate.quota - (estimate.usage ?? 0);
        const needed = [...this.#planned].reduce((sum, { bytes }) => sum + bytes, 0);
        this.#storage = { kept: false, reason: "full", needed, free };
      }
    }
  }

  /**
   * The file from the host: what broke off goes on where it stopped, what is wrong is asked for
   * past the browser's own cache.
   */
  async #fetch(asset: Asset): Promise<Uint8Array<ArrayBuffer>> {
    const partial = new Partial(asset.bytes);
    for (let attempt = 0; ; attempt++) {
      const error = await this.#receive(asset, partial, attempt > 0);
      if (!error && (await isFile(asset, partial.bytes))) return partial.bytes;
      const pause = this.#pauses[attempt];
      if (pause === undefined || (error && !error.again))
        throw error?.error ?? otherFile(asset, "another file");
      if (!error) this.#restart(partial);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #restart(partial: Partial): void {
    this.#received -= partial.length;
    partial.length = 0;
  }

  /** One request. @returns nothing when the body has come to its end; else what went wrong */
  async #receive(asset: Asset, partial: Partial, afresh: boolean): Promise<Failure | undefined> {
    const resuming = partial.length > 0;
    let response: Response;
    try {
      response = await fetch(asset.url, {
        ...(afresh ? { cache: "reload" } : {}),
        ...(resuming ? { headers: { range: `bytes=${partial.length}-` } } : {}),
      });
    } catch (cause) {
      const message = `the ${asset.name} cannot be fetched`;
      return {
        again: true,
        error: new PlumageError("unavailable", message, "check the network, then reload", {
          cause,
        }),
      };
    }
    if (!response.ok || !response.body) {
      const message = `the ${asset.name} cannot be fetched: the host answered ${response.status}`;
      const error = new PlumageError("unavailable", message, uploadAgain);
      if (response.status === 416) this.#restart(partial);
      // The host's own trouble may pass; that it has no such file will not.
      return { again: response.status >= 500 || response.status === 416, error };
    }
    // Many hosts answer a missing file with their start page and status 200.
    if (response.headers.get("content-type")?.startsWith("text/html"))
      return { again: false, error: otherFile(asset, "a web page") };
    // A host that knows no ranges begins anew.
    if (resuming && !response.headers.get("content-range")?.startsWith(`bytes ${partial.length}-`))
      this.#restart(partial);
    const reader = response.body.getReader();
    this.#start ??= performance.now();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        if (!partial.add(value)) {
          await reader.cancel();
          this.#restart(partial);
          return undefined;
        }
        this.#received += value.length;
        this.#tell();
      }
    } catch (cause) {
      const message = `the download of the ${asset.name} broke off`;
      return {
        again: true,
        error: new PlumageError("unavailable", message, "reload to try again", { cause }),
      };
    }
  }

  #tell(): void {
    const seconds = (performance.now() - this.#start!) / 1000;
    const left = this.#total - this.#received;
    // The first moments say little about the rate.
    const secondsLeft =
      seconds < 1 || this.#received === 0 ? undefined : (left * seconds) / this.#received;
    this.#report({ received: this.#received, total: this.#total, secondsLeft });
  }
}

/** Why a request gave no file, and whether another may. */
interface Failure {
  readonly again: boolean;
  readonly error: PlumageError;
}

const otherFile = (asset: Asset, what: string): PlumageError =>
  new PlumageError("bad-file", `the host has ${what} in place of the ${asset.name}`, uploadAgain);

/** What has arrived of a file so far. */
class Partial {
  length = 0;
  readonly #room: Uint8Array<ArrayBuffer>;

  constructor(bytes: number) {
    this.#room = new Uint8Array(bytes);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#room.subarray(0, this.length);
  }

  /** @returns false if the file is longer than it should be */
  add(piece: Uint8Array): boolean {
    if (this.length + piece.length > this.#room.length) return false;
    this.#room.set(piece, this.length);
    this.length += piece.length;
    return true;
  }
}

/**
 * Whether these bytes are the file. Where there is no https there is no digest either, and the
 * length has to do.
 */
async function isFile(asset: Asset, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  return (
    bytes.length === asset.bytes &&
    (!globalThis.crypto?.subtle || (await sha256(bytes)) === asset.sha256)
  );
}

/** Lower-case hexadecimal sha256. Needs a secure context. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
