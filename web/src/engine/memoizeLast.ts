/** Remembers the last value that was made, and makes another only for another key. */
export class LastOne<Key, Value> {
  readonly #same: (a: Key, b: Key) => boolean;
  #last: { readonly key: Key; readonly value: Promise<Value> } | undefined;

  constructor(same: (a: Key, b: Key) => boolean) {
    this.#same = same;
  }

  /** The value for a key. One that could not be made is tried again at the next call. */
  get(key: Key, make: () => Promise<Value>): Promise<Value> {
    if (this.#last && this.#same(this.#last.key, key)) return this.#last.value;
    const value = make();
    this.#last = { key, value };
    value.catch(() => {
      if (this.#last?.value === value) this.#last = undefined;
    });
    return value;
  }

  forget(): void {
    this.#last = undefined;
  }
}
