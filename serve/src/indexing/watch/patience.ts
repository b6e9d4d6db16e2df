/** What a watcher waits for: files that are written to, images that are gone for a moment. */
import type { ChangedItem } from "../findChanges.ts";

/** When something began to be as it is, by key; what is not seen again is forgotten. */
class Since<State> {
  #entries = new Map<string, { state: State; since: number }>();
  #waiting = 0;

  /**
   * @param states what is seen now, by key
   * @returns the keys whose state has not changed for `milliseconds`
   */
  unchangedFor(milliseconds: number, states: ReadonlyMap<string, State>, now: number): Set<string> {
    const entries = new Map<string, { state: State; since: number }>();
    const due = new Set<string>();
    for (const [key, state] of states) {
      const before = this.#entries.get(key);
      const since = before?.state === state ? before.since : now;
      // One that is due stays due: a file that is no image is changed until it is removed.
      entries.set(key, { state, since });
      if (now - since >= milliseconds) due.add(key);
    }
    this.#entries = entries;
    this.#waiting = entries.size - due.size;
    return due;
  }

  /** Whether something is not due yet. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  clear(): void {
    this.#entries.clear();
    this.#waiting = 0;
  }
}

export interface WatchTimes {
  /** Time for which a file's size and modification time must stay the same. */
  readonly settleMs: number;
  /** Time for which an image must be gone. */
  readonly graceMs: number;
}

export class Patience {
  readonly #times: WatchTimes;
  readonly #now: () => number;
  readonly #changed = new Since<string>();
  readonly #gone = new Since<true>();

  constructor(times: WatchTimes, now: () => number = () => performance.now()) {
    this.#times = times;
    this.#now = now;
  }

  /** See IndexRules. */
  readonly settled = (changed: readonly ChangedItem[]): readonly ChangedItem[] => {
    const states = new Map(
      changed.map(({ item, bytes, modified }) => [item.id, `${bytes} ${modified}`]),
    );
    const due = this.#changed.unchangedFor(this.#times.settleMs, states, this.#now());
    return changed.filter(({ item }) => due.has(item.id));
  };

  /** See IndexRules. */
  readonly expired = (ids: readonly string[]): readonly string[] => {
    const states = new Map(ids.map((id) => [id, true as const]));
    const due = this.#gone.unchangedFor(this.#times.graceMs, states, this.#now());
    return ids.filter((id) => due.has(id));
  };

  /** Starts to wait anew, after a time in which nothing could be seen. */
  restart(): void {
    this.#gone.clear();
  }

  /** Milliseconds until it is worth looking again; undefined if nothing is waited for. */
  get nextMs(): number | undefined {
    if (this.#changed.isWaiting) return this.#times.settleMs;
    return this.#gone.isWaiting ? this.#times.graceMs : undefined;
  }
}
