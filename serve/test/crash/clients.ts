/** The clients of one store over all its servers, and what they find wrong. */
import { uniform } from "@plumage/models";
import { inspect, type Refusal, write } from "./client.ts";
import { ExpectedState } from "./expectedState.ts";

const writers = 4;

export interface WritingOptions {
  /** Ends the writing; by default, only the server's end does. */
  readonly signal?: AbortSignal;
  readonly onRefusal?: (refusal: Refusal) => void;
}

export class Clients {
  readonly #next: () => number;
  readonly #expected = new ExpectedState();
  /** Items that are missing, wrong or not found, one line each. */
  readonly failures: string[] = [];

  /** @param next source of random numbers */
  constructor(next: () => number) {
    this.#next = next;
  }

  /** Number of acknowledged changes. */
  get acknowledged(): number {
    return this.#expected.acknowledged;
  }

  /** Writes as four clients at once. */
  async write(url: string, options: WritingOptions = {}): Promise<void> {
    const writing = Array.from({ length: writers }, (_, i) =>
      write(url, i, {
        ...options,
        expected: this.#expected,
        next: uniform(this.#next() * 2 ** 31),
      }),
    );
    await Promise.all(writing);
  }

  /**
   * Compares the server's items with the acknowledged changes, while nobody writes.
   *
   * @param isOurs which items the clients may have written; by default, all
   */
  async check(url: string, isOurs?: (id: string) => boolean): Promise<void> {
    const { actual, failures } = await inspect(url, isOurs);
    this.failures.push(...failures, ...this.#expected.reconcile(actual));
  }
}
