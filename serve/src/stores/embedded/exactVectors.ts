/** Exact search over float32 vectors in memory, by usearch's own scan. */
import { createRequire } from "node:module";
import type { Copies } from "./distinctVectors.ts";

const usearch = createRequire(import.meta.url)("usearch") as typeof import("usearch");

/** Numbers up to which a scan takes about as long as a search of the graph: 32 MiB. */
const maxNumbers = 2 ** 23;
const firstRows = 64;

export class ExactVectors {
  readonly #dimension: number;
  readonly #rows: Copies[] = [];
  readonly #rowOf = new Map<Copies, number>();
  #values: Float32Array;

  constructor(dimension: number) {
    this.#dimension = dimension;
    this.#values = new Float32Array(firstRows * dimension);
  }

  /** Whether one more vector would make the scan slower than the graph. */
  get isFull(): boolean {
    return (this.#rows.length + 1) * this.#dimension > maxNumbers;
  }

  add(copies: Copies, embedding: Float32Array): void {
    const row = this.#rows.push(copies) - 1;
    this.#rowOf.set(copies, row);
    const end = (row + 1) * this.#dimension;
    if (end > this.#values.length) {
      const grown = new Float32Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.set(embedding, row * this.#dimension);
  }

  /** Removes a vector; the last one takes its row. */
  remove(copies: Copies): void {
    const row = this.#rowOf.get(copies);
    if (row === undefined) return;
    this.#rowOf.delete(copies);
    const last = this.#rows.pop()!;
    if (last === copies) return;
    const start = this.#rows.length * this.#dimension;
    this.#values.copyWithin(row * this.#dimension, start, start + this.#dimension);
    this.#rows[row] = last;
    this.#rowOf.set(last, row);
  }

  /** The k nearest vectors, best first, with their dot products. */
  search(embedding: Float32Array, k: number): { keys: Copies["keys"]; score: number }[] {
    const count = Math.min(k, this.#rows.length);
    if (count === 0) return [];
    const { keys, distances } = usearch.exactSearch(
      this.#values.subarray(0, this.#rows.length * this.#dimension),
      // usearch 2.25.3 ignores where a view starts in its buffer.
      embedding.slice(),
      this.#dimension,
      count,
      usearch.MetricKind.IP,
      1,
    ) as { keys: BigUint64Array; distances: Float32Array };
    return Array.from(keys, (row, i) => ({
      keys: this.#rows[Number(row)]!.keys,
      score: 1 - distances[i]!,
    }));
  }
}
