/** A cache of one value. */

export interface MemoizedLast<Key, Value> {
  /** The value for a key; computed only if the previous call had a different key, or failed. */
  get(key: Key, compute: () => Promise<Value>): Promise<Value>;
  clear(): void;
}

/** Caches the most recent value of an asynchronous computation. Failures are not cached. */
export function memoizeLast<Key, Value>(
  isSame: (a: Key, b: Key) => boolean = Object.is,
): MemoizedLast<Key, Value> {
  let last: { readonly key: Key; readonly value: Promise<Value> } | undefined;
  return {
    get(key, compute) {
      if (last && isSame(last.key, key)) return last.value;
      const value = compute();
      last = { key, value };
      value.catch(() => {
        if (last?.value === value) last = undefined;
      });
      return value;
    },
    clear() {
      last = undefined;
    },
  };
}
