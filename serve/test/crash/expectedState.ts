/**
 * What the server has acknowledged, and what it was asked for and has not answered: the book that
 * it is held against.
 */

/** One state of an item: the number of its image, or undefined where there is none. */
export type State = number | undefined;

/** Changes that come about together or not at all: ids with their new states. */
export type Change = ReadonlyMap<string, State>;

export class Ledger {
  readonly #states = new Map<string, number>();
  readonly #open = new Set<Change>();
  acknowledged = 0;

  /** Notes a change that is asked for. */
  begin(change: Change): void {
    this.#open.add(change);
  }

  acknowledge(change: Change): void {
    this.#open.delete(change);
    this.acknowledged++;
    this.#apply(change);
  }

  /** The server refused: nothing has changed. */
  refuse(change: Change): void {
    this.#open.delete(change);
  }

  has = (id: string): boolean => this.#states.has(id);
  get ids(): string[] {
    return [...this.#states.keys()];
  }

  /**
   * Holds what the server has after a restart against the book. What was open may have come about
   * or not, but whole.
   *
   * @returns what is wrong, a line each; the book then goes on from what is there
   */
  settle(found: ReadonlyMap<string, number>): string[] {
    const wrong: string[] = [];
    for (const change of this.#open) {
      const done = [...change].filter(([id, state]) => found.get(id) === state);
      const undone = [...change].filter(([id]) => found.get(id) === this.#states.get(id));
      if (done.length === change.size) this.#apply(change);
      else if (undone.length !== change.size)
        wrong.push(`half done: ${[...change.keys()].join(", ")}`);
    }
    this.#open.clear();
    for (const [id, state] of this.#states) {
      const now = found.get(id);
      if (now !== state) wrong.push(`${id} should be image ${state} and is ${now ?? "gone"}`);
    }
    for (const id of found.keys())
      if (!this.#states.has(id)) wrong.push(`${id} should be gone and is there`);
    this.#states.clear();
    for (const [id, state] of found) this.#states.set(id, state);
    return wrong;
  }

  #apply(change: Change): void {
    for (const [id, state] of change) {
      if (state === undefined) this.#states.delete(id);
      else this.#states.set(id, state);
    }
  }
}
