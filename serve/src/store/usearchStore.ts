/** The embedded vector store: a usearch HNSW graph (Malkov and Yashunin 2016, arXiv 1603.09320) over half floats. */
import { Index, MetricKind, ScalarKind } from "usearch";
import type { Hit, VectorStore } from "./vectorStore.ts";

/** usearch wants to be asked for one neighbour at least, and no more than it holds. */
export class UsearchStore implements VectorStore {
  readonly #index: Index;

  constructor(dimension: number) {
    this.#index = new Index({
      dimensions: dimension,
      metric: MetricKind.Cos,
      quantization: ScalarKind.F16,
      // 0 leaves the graph's width and search depth to usearch.
      connectivity: 0,
      expansion_add: 0,
      expansion_search: 0,
      multi: false,
    });
  }

  get size(): number {
    return this.#index.size();
  }

  add(key: number, embedding: Float32Array): void {
    this.#index.add(BigInt(key), embedding);
  }

  remove(key: number): void {
    this.#index.remove(BigInt(key));
  }

  search(embedding: Float32Array, k: number): Hit[] {
    const wanted = Math.min(k, this.size);
    if (wanted === 0) return [];
    const { keys, distances } = this.#index.search(embedding, wanted, 0);
    return Array.from(keys, (key, i) => ({ key: Number(key), score: 1 - distances[i]! }));
  }

  save(path: string): void {
    this.#index.save(path);
  }

  /** Only for a file whose digest has been checked: a damaged one crashes the process (see indexFile.ts). */
  load(path: string): void {
    this.#index.load(path);
  }
}
