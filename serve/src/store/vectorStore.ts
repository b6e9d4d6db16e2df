/** What a store of vectors can do. usearch is the embedded one; a database can be another. */

export interface Hit {
  readonly key: number;
  /** Cosine similarity as the store knows it, which may be rounded. */
  readonly score: number;
}

export interface VectorStore {
  readonly size: number;
  /** @param embedding of unit length */
  add(key: number, embedding: Float32Array): void;
  remove(key: number): void;
  /** Whether what has left weighs on searches. */
  readonly isWorthCompacting: boolean;
  /** Rids the store of what has left. Searches go on meanwhile; nothing may be added or removed. */
  compact(entries: Iterable<{ readonly key: number; readonly embedding: Float32Array }>): Promise<void>;
  /** The nearest k, or fewer where there are fewer, best first. */
  search(embedding: Float32Array, k: number): Hit[];
}
