/** Keeps a collection together with a folder: `npm run index -- --watch`. */
import { setTimeout } from "node:timers/promises";
import { type ErrorCode, isPlumageError, type PlumageError } from "@plumage/models";
import type { Collection } from "../../collection/collection.ts";
import type { Model } from "../../embedder/model.ts";
import { type IndexResult, indexItems } from "../indexItems.ts";
import type { Listing } from "../listing.ts";
import type { IndexRules } from "../rules.ts";
import type { ChangeHints } from "./changeHints.ts";
import type { Patience } from "./patience.ts";
import { snapshotOf } from "./snapshot.ts";

export interface WatchOptions {
  /** Lists the folder. */
  readonly list: () => Promise<Listing>;
  /**
   * Opens the collection for one pass, so that a server can own the store in between.
   *
   * @param isFirst whether it may be created, or claimed for another model
   */
  readonly open: (isFirst: boolean) => Promise<Collection>;
  readonly model: Pick<Model, "reader" | "embedder">;
  readonly owns: IndexRules["owns"];
  readonly patience: Patience;
  readonly hints: Pick<ChangeHints, "next">;
  /** Time after which the folder is looked at without a hint. */
  readonly sweepMs: number;
  /** Receives the result of a pass that changed something, and of the first complete one. */
  readonly onResult: (result: IndexResult) => void;
  /** Receives why nothing can be done now, once for each reason. */
  readonly onProblem: (error: Pick<PlumageError, "message" | "hint">) => void;
  readonly signal: AbortSignal;
}

/** What may pass: a drive that is not mounted, a server that restarts, a full disk. */
const passing: readonly ErrorCode[] = ["bad-file", "unavailable", "full"];
/** Pause before another look after such a problem. */
const retryMs = 5_000;
/** Changes usually come in bursts. */
const burstMs = 500;

/**
 * Indexes what changes, until the signal aborts.
 *
 * @throws PlumageError that no waiting will mend, and any error of the first pass
 */
export async function watchFolder(options: WatchOptions): Promise<void> {
  const { signal, hints, patience, sweepMs } = options;
  const synchronize = new Synchronization(options);
  while (!signal.aborted) {
    const start = performance.now();
    const isDone = await synchronize.pass();
    const milliseconds = performance.now() - start;
    const pause = isDone ? Math.min(sweepMs, patience.nextMs ?? sweepMs) : retryMs;
    await firstOf([aborting(setTimeout(pause, undefined, { signal })), hints.next()]);
    // At most half of the time is spent on looking, however large the folder is.
    await aborting(setTimeout(Math.max(burstMs, milliseconds), undefined, { signal }));
  }
}

const firstOf = (promises: readonly Promise<void>[]): Promise<void> => Promise.race(promises);
/** An abort only ends the pause. */
const aborting = (pause: Promise<void>): Promise<void> => pause.catch(() => undefined);

class Synchronization {
  readonly #options: WatchOptions;
  #isFirst = true;
  #hasReported = false;
  #snapshot: string | undefined;
  #problem: string | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** @returns false if it has to be repeated */
  async pass(): Promise<boolean> {
    const { patience, onProblem } = this.#options;
    try {
      await this.#synchronize();
      this.#problem = undefined;
      return true;
    } catch (error) {
      const mayPass = isPlumageError(error) && passing.includes(error.code);
      if (!mayPass || this.#isFirst) throw error;
      patience.restart();
      if (error.message !== this.#problem) onProblem(error);
      this.#problem = error.message;
      return false;
    }
  }

  async #synchronize(): Promise<void> {
    const { list, open, model, owns, patience, signal, onResult } = this.#options;
    const all = await list();
    const listing = { ...all, items: all.items.filter(({ id }) => owns(id)) };
    const snapshot = await snapshotOf(listing, signal);
    if (snapshot === this.#snapshot) return;
    const collection = await open(this.#isFirst);
    try {
      const { settled, expired } = patience;
      const rules = { owns, settled, expired };
      const result = await indexItems(collection, model, listing, signal, rules);
      this.#isFirst = false;
      if (!result) return;
      const isComplete = patience.nextMs === undefined;
      this.#snapshot = isComplete ? snapshot : undefined;
      const isNews = result.embedded + result.removed > 0;
      if (isNews || (isComplete && !this.#hasReported)) onResult(result);
      this.#hasReported ||= isComplete;
    } finally {
      await collection.close();
    }
  }
}
