/** The state that a server must have after a crash, from what it acknowledged. */

/** The seed of an item's image; undefined if there is no such item. */
export type ItemState = number | undefined;

/** A change that must be applied completely or not at all: the new state of each id. */
export type Change = ReadonlyMap<string, ItemState>;

export class ExpectedState {
  readonly #items = new Map<string, number>();
  readonly #pending = new Set<Change>();
  /** Number of acknowledged changes. */
  acknowledged = 0;

  /** Records a request that is about to be sent. */
  begin(change: Change): void {
    this.#pending.add(change);
  }

  acknowledge(change: Change): void {
    this.#pending.delete(change);
    this.acknowledged++;
    this.#apply(change);
  }

  /** Records that the server refused a change, so nothing must have changed. */
  refuse(change: Change): void {
    this.#pending.delete(change);
  }

  has = (id: string): boolean => this.#items.has(id);

  /**
   * Compares with what the server has after a restart. A pending change may have been applied or
   * not, but not in part. The actual state becomes the expected one.
   *
   * @returns one line per difference
   */
  reconcile(actual: ReadonlyMap<string, number>): string[] {
    const differences: string[] = [];
    for (const change of this.#pending) {
      const entries = [...change];
      const isApplied = entries.every(([id, state]) => actual.get(id) === state);
      const isUnapplied = entries.every(([id]) => actual.get(id) === this.#items.get(id));
      if (isApplied) this.#apply(change);
      else if (!isUnapplied) differences.push(`partly applied: ${[...change.keys()].join(", ")}`);
    }
    this.#pending.clear();
    for (const [id, state] of this.#items) {
      const found = actual.get(id);
      if (found === undefined) differences.push(`${id} is missing, expected image ${state}`);
      else if (found !== state) differences.push(`${id} has image ${found}, expected ${state}`);
    }
    for (const id of actual.keys())
      if (!this.#items.has(id)) differences.push(`${id} was deleted but exists`);
    this.#items.clear();
    for (const [id, state] of actual) this.#items.set(id, state);
    return differences;
  }

  #apply(change: Change): void {
    for (const [id, state] of change) {
      if (state === undefined) this.#items.delete(id);
      else this.#items.set(id, state);
    }
  }
}
