/**
 * The embedded vector index: a usearch HNSW graph (Malkov and Yashunin 2016, arXiv 1603.09320) over
 * half-precision vectors.
 */
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import type { Index } from "usearch";

// usearch's ES module searches the call stack for its binary, and never ends in a worker thread
// whose entry is not a file.
const usearch = createRequire(import.meta.url)("usearch") as typeof import("usearch");
const { MetricKind, ScalarKind } = usearch;

/** A vector that a search found. */
export interface Hit {
  readonly key: number;
  /** Cosine similarity of the half-precision vectors. */
  readonly score: number;
}

/** Compaction is due once removed keys exceed this share of the keys in use, and this number. */
const compaction = { share: 0.25, atLeast: 1000 } as const;
/** Vectors added per turn of the event loop. */
const vectorsPerTurn = 16;

const emptyIndex = (dimension: number): Index =>
  new usearch.Index({
    dimensions: dimension,
    metric: MetricKind.Cos,
    quantization: ScalarKind.F16,
    // 0 selects usearch's default for the graph's degree and search depth.
    connectivity: 0,
    expansion_add: 0,
    expansion_search: 0,
    multi: false,
  });

/**
 * Removed keys stay in the graph, are left out of results, and disappear when the graph is rebuilt:
 * usearch's own remove() hangs after about two hundred removals (USearch issue 753, present in
 * 2.25.3). usearch also requires 1 <= k <= the number of vectors.
 */
export class UsearchIndex {
  readonly #dimension: number;
  #index: Index;
  #removed: Set<number>;

  constructor(dimension: number) {
    this.#dimension = dimension;
    this.#index = emptyIndex(dimension);
    this.#removed = new Set();
  }

  /** Number of vectors that searches can find. */
  get size(): number {
    return this.#index.size() - this.#removed.size;
  }

  /** Keys that were removed and are still in the graph. */
  get removedKeys(): number[] {
    return [...this.#removed];
  }

  /** Whether removed keys slow down searches. */
  get needsCompaction(): boolean {
    return this.#removed.size > Math.max(compaction.atLeast, this.size * compaction.share);
  }

  /**
   * Adds a vector.
   *
   * @param key never used before
   * @param embedding of unit length
   */
  add(key: number, embedding: Float32Array): void {
    this.#index.add(BigInt(key), embedding);
  }

  /** Hides a key from searches. */
  remove(key: number): void {
    if (this.#index.contains(BigInt(key))) this.#removed.add(key);
  }

  /** The k nearest vectors, best first; fewer if there are fewer. */
  search(embedding: Float32Array, k: number): Hit[] {
    const total = this.#index.size();
    if (this.size === 0) return [];
    for (let asked = k + Math.ceil((k * this.#removed.size) / this.size); ; asked *= 2) {
      const { keys, distances } = this.#index.search(embedding, Math.min(asked, total), 0);
      const hits = Array.from(keys, (key, i) => ({ key: Number(key), score: 1 - distances[i]! }));
      const present = hits.filter(({ key }) => !this.#removed.has(key));
      if (present.length >= k || asked >= total) return present.slice(0, k);
    }
  }

  /**
   * Rebuilds the graph from the keys in use. Searches continue meanwhile; nothing may be added or
   * removed.
   */
  async compact(
    entries: Iterable<{ readonly key: number; readonly embedding: Float32Array }>,
  ): Promise<void> {
    const index = emptyIndex(this.#dimension);
    for (const { key, embedding } of entries) {
      index.add(BigInt(key), embedding);
      if (index.size() % vectorsPerTurn === 0) await setImmediate();
    }
    this.#index = index;
    this.#removed = new Set();
  }

  /** Writes the graph to a file. */
  save(path: string): void {
    this.#index.save(path);
  }

  /**
   * Loads the graph from a file, whose digest must have been verified: usearch crashes the process
   * on a damaged one (see indexFile.ts).
   */
  load(path: string, removedKeys: readonly number[]): void {
    this.#index.load(path);
    this.#removed = new Set(removedKeys);
  }
}
