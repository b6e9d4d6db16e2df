/**
 * The embedded vector store: a usearch HNSW graph (Malkov and Yashunin 2016, arXiv 1603.09320) over
 * half floats.
 */
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import type { Index } from "usearch";

// usearch's ES module looks for its binary along the call stack, and never ends in a worker thread
// whose entry is no file.
const usearch = createRequire(import.meta.url)("usearch") as typeof import("usearch");
const { MetricKind, ScalarKind } = usearch;

export interface Hit {
  readonly key: number;
  /** Cosine similarity between half floats. */
  readonly score: number;
}

/**
 * Keys that have left, in relation to those in use, at which the graph is worth building anew;
 * never for a few.
 */
const worthCompacting = { share: 0.25, least: 1000 } as const;
/** Vectors after which others have their turn. */
const turn = 16;

const emptyIndex = (dimension: number): Index =>
  new usearch.Index({
    dimensions: dimension,
    metric: MetricKind.Cos,
    quantization: ScalarKind.F16,
    // 0 leaves the graph's width and search depth to usearch.
    connectivity: 0,
    expansion_add: 0,
    expansion_search: 0,
    multi: false,
  });

/**
 * usearch wants to be asked for one neighbor at least, and no more than it holds. Its own remove()
 * is never called: after some two hundred removals it never returns (USearch issue 753; still so in
 * 2.25.3). What has left stays in the graph, is passed over in answers, and goes when the graph is
 * built anew.
 */
export class UsearchStore {
  readonly #dimension: number;
  #index: Index;
  #dead: Set<number>;

  constructor(dimension: number) {
    this.#dimension = dimension;
    this.#index = emptyIndex(dimension);
    this.#dead = new Set();
  }

  get size(): number {
    return this.#index.size() - this.#dead.size;
  }

  /** Keys that have left and are still in the graph. */
  get dead(): number[] {
    return [...this.#dead];
  }

  /** Whether what has left weighs on searches. */
  get isWorthCompacting(): boolean {
    return this.#dead.size > Math.max(worthCompacting.least, this.size * worthCompacting.share);
  }

  /**
   * Adds an embedding.
   *
   * @param key one that has never been used before
   * @param embedding of unit length
   */
  add(key: number, embedding: Float32Array): void {
    this.#index.add(BigInt(key), embedding);
  }

  /** Hides a key from searches. */
  remove(key: number): void {
    if (this.#index.contains(BigInt(key))) this.#dead.add(key);
  }

  /** The nearest k, or fewer where there are fewer, best first. */
  search(embedding: Float32Array, k: number): Hit[] {
    const all = this.#index.size();
    if (this.size === 0) return [];
    for (let asked = k + Math.ceil((k * this.#dead.size) / this.size); ; asked *= 2) {
      const { keys, distances } = this.#index.search(embedding, Math.min(asked, all), 0);
      const hits = Array.from(keys, (key, i) => ({ key: Number(key), score: 1 - distances[i]! }));
      const living = hits.filter(({ key }) => !this.#dead.has(key));
      if (living.length >= k || asked >= all) return living.slice(0, k);
    }
  }

  /**
   * Builds the graph anew of what is in use. Searches go on meanwhile; nothing may be added or
   * removed.
   */
  async compact(
    entries: Iterable<{ readonly key: number; readonly embedding: Float32Array }>,
  ): Promise<void> {
    const index = emptyIndex(this.#dimension);
    for (const { key, embedding } of entries) {
      index.add(BigInt(key), embedding);
      if (index.size() % turn === 0) await setImmediate();
    }
    this.#index = index;
    this.#dead = new Set();
  }

  /** Writes the graph to a file. */
  save(path: string): void {
    this.#index.save(path);
  }

  /**
   * Only for a file whose digest has been checked: a damaged one crashes the process (see
   * indexFile.ts).
   */
  load(path: string, dead: readonly number[]): void {
    this.#index.load(path);
    this.#dead = new Set(dead);
  }
}
