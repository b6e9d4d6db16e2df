/** The neighbors of all items of a gallery: found once for each state of it, and kept. */
import { PlumageError } from "@plumage/models";
import type { Collection } from "../collection/collection.ts";
import type { ComparedGallery } from "./comparedGallery.ts";
import { readNeighbors } from "./readNeighbors.ts";

/** Time for which a request waits. */
const patienceMs = 20_000;
/** Time for which the work goes on while nobody waits for it. */
const abandonedMs = 60_000;

interface Run {
  readonly revision: string;
  readonly compared: Promise<ComparedGallery>;
  readonly stop: AbortController;
  isDone: boolean;
  /** The share that is done. */
  progress: number;
  /** Requests that wait for it. */
  users: number;
  abandoned?: NodeJS.Timeout | undefined;
}

export class GalleryNeighbors {
  readonly #collection: Collection;
  #run: Run | undefined;
  /** The last state that was compared. */
  #previous: ComparedGallery | undefined;

  constructor(collection: Collection) {
    this.#collection = collection;
  }

  /**
   * The neighbors in the gallery's present state, or in that in which a search that is still
   * running began. The search goes on if a request has waited too long, and stops if its last
   * client leaves or if nobody asks again.
   *
   * @param signal of the client
   * @throws PlumageError "unavailable" if it takes too long, with the share that is done; and as
   *   `readNeighbors` does
   */
  async get(signal: AbortSignal): Promise<ComparedGallery> {
    const revision = await this.#collection.revision();
    signal.throwIfAborted();
    const known = this.#run;
    const run = known && (!known.isDone || known.revision === revision) ? known : undefined;
    return this.#join(run ?? this.#start(revision), signal);
  }

  #start(revision: string): Run {
    const stop = new AbortController();
    const onProgress = (done: number) => {
      run.progress = done;
    };
    const options = { previous: this.#previous, signal: stop.signal, onProgress };
    const compared = readNeighbors(this.#collection, options);
    const run: Run = { revision, compared, stop, isDone: false, progress: 0, users: 0 };
    this.#run = run;
    compared.then(
      (gallery) => {
        run.isDone = true;
        this.#previous = gallery;
        clearTimeout(run.abandoned);
      },
      () => this.#drop(run),
    );
    return run;
  }

  #drop(run: Run): void {
    clearTimeout(run.abandoned);
    if (this.#run === run) this.#run = undefined;
  }

  #stop(run: Run, reason: unknown): void {
    // At once: a request that comes before the search has ended starts another.
    this.#drop(run);
    run.stop.abort(reason);
  }

  #join(run: Run, signal: AbortSignal): Promise<ComparedGallery> {
    run.users++;
    clearTimeout(run.abandoned);
    return new Promise<ComparedGallery>((resolve, reject) => {
      const patience = setTimeout(() => {
        end();
        reject(takesLong(run.progress));
        if (run.users > 0 || run.isDone) return;
        const abandon = () => this.#stop(run, new Error("nobody waits for the neighbors"));
        run.abandoned = setTimeout(abandon, abandonedMs).unref();
      }, patienceMs);
      const leave = () => {
        end();
        reject(signal.reason);
        if (run.users === 0 && !run.isDone) this.#stop(run, signal.reason);
      };
      let hasEnded = false;
      const end = () => {
        if (hasEnded) return;
        hasEnded = true;
        run.users--;
        clearTimeout(patience);
        signal.removeEventListener("abort", leave);
      };
      signal.addEventListener("abort", leave, { once: true });
      run.compared.then(resolve, reject).finally(end);
    });
  }
}

/** The neighbors in one of the collections that are served. */
export type NeighborsIn = (collection: Collection) => GalleryNeighbors;

/** Nothing is searched for before somebody asks. */
export function neighborsOf(collections: readonly Collection[]): NeighborsIn {
  const known = new Map(collections.map((each) => [each, new GalleryNeighbors(each)]));
  return (collection) => known.get(collection)!;
}

const takesLong = (progress: number) =>
  new PlumageError(
    "unavailable",
    `the items of the gallery are being compared: ${Math.floor(100 * progress)} % done`,
    "repeat the request: the work goes on for a minute",
  );
