/**
 * The embedded vector index: a usearch HNSW graph (Malkov and Yashunin 2016, arXiv 1603.09320) over
 * bfloat16 vectors, with one node for each distinct vector. A small gallery is searched
 * exactly instead.
 */
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import type { Index } from "usearch";
import { batchesOf } from "./batchesOf.ts";
import { type Copies, DistinctVectors } from "./distinctVectors.ts";
import { ExactVectors } from "./exactVectors.ts";
import { scoreMargin } from "./rounding.ts";
import {
  depthFor,
  type FoundNodes,
  measureDepth,
  needsFarDepth,
  type SearchDepth,
  unmeasured,
} from "./searchDepth.ts";

// usearch's ES module searches the call stack for its binary, and never ends in a worker thread
// whose entry is not a file.
const usearch = createRequire(import.meta.url)("usearch") as typeof import("usearch");
const { MetricKind, ScalarKind } = usearch;

/** An item's embedding. */
export interface IndexEntry {
  readonly key: number;
  readonly embedding: Float32Array;
}

/** A vector that a search found. */
export interface Hit {
  /** The items that have it, in ascending order. */
  readonly keys: readonly number[];
  /** Cosine similarity of the node's bfloat16 vector, or of the exact one. */
  readonly score: number;
}

/** Compaction is due once empty nodes exceed this share of the others, and this number. */
const compaction = { share: 0.25, atLeast: 1000 } as const;
/** Vectors added per turn of the event loop. */
const vectorsPerTurn = 16;
/** The search depth is measured again once the graph has grown by this factor. */
const growth = 1.5;
const probeCount = 32;
/** Further vectors of an exact search, which may have the score of the last. */
const ties = 16;
/** Nodes among which a search looks for those that rounding may have put behind others. */
const maxUndecided = 4096;

const emptyGraph = (dimension: number): Index =>
  new usearch.Index({
    dimensions: dimension,
    // Not the inner product: by rounding, some vectors are longer, and would attract all searches.
    metric: MetricKind.Cos,
    // Half the memory of float32, and half as much again in searches per second as float16.
    quantization: ScalarKind.BF16,
    // Fewer links than usearch's 16 give more searches per second at equal recall, as a search's
    // depth is measured; still fewer lose neighbors among near-copies.
    connectivity: 12,
    // 0 selects usearch's default.
    expansion_add: 0,
    // A search goes as deep as the number of nodes that it asks for.
    expansion_search: 1,
    multi: false,
  });

/**
 * The node of a removed vector stays in the graph, is left out of results, serves again if the
 * vector returns, and disappears when the graph is rebuilt: usearch's own remove() hangs after
 * about two hundred removals (USearch issue 753, present in 2.25.3). usearch also requires
 * 1 <= k <= the number of vectors.
 */
export class UsearchIndex {
  readonly #dimension: number;
  #graph: Index;
  #distinct: DistinctVectors;
  /** Undefined above the size up to which exact search is as quick. */
  #exact: ExactVectors | undefined;
  #depth = unmeasured;
  /** The number of nodes when the depth was measured. */
  #measuredNodes = 0;

  constructor(dimension: number) {
    this.#dimension = dimension;
    this.#graph = emptyGraph(dimension);
    this.#distinct = new DistinctVectors(dimension);
    this.#exact = new ExactVectors(dimension);
  }

  /** Number of items that searches can find. */
  get size(): number {
    return this.#distinct.size;
  }

  /** Whether nodes of removed vectors slow down searches. */
  get needsCompaction(): boolean {
    const { total, empty } = this.#distinct.nodes;
    return empty > Math.max(compaction.atLeast, (total - empty) * compaction.share);
  }

  /** Whether searches of the graph are deeper than they need to be, or soon too shallow. */
  get needsMeasuring(): boolean {
    return !this.#exact && this.#distinct.nodes.total >= growth * this.#measuredNodes;
  }

  get depth(): SearchDepth {
    return this.#depth;
  }

  /**
   * Adds items.
   *
   * @param entries keys are higher than any before; embeddings are of unit length
   * @param threads of usearch, which adds the entries in parallel
   */
  add(entries: readonly IndexEntry[], threads = 1): void {
    const nodes: number[] = [];
    const vectors: Float32Array[] = [];
    for (const { key, embedding } of entries) {
      const { copies, isNewVector, isNewNode } = this.#distinct.add(key, embedding);
      if (isNewVector) this.#addExact(copies, embedding);
      if (!isNewNode) continue;
      nodes.push(copies.node);
      vectors.push(embedding);
    }
    if (nodes.length > 0) this.#graph.add(nodes.map(BigInt), vectors, threads);
  }

  /** Hides an item from searches. */
  remove(key: number): void {
    const copies = this.#distinct.remove(key);
    if (copies?.keys.length === 0) this.#exact?.remove(copies);
  }

  /**
   * The k nearest distinct vectors, and all others that rounding may have put behind them; all of
   * the index's if there are fewer.
   */
  search(embedding: Float32Array, k: number): Hit[] {
    if (this.size === 0) return [];
    const hits = this.#exact?.search(embedding, k + ties) ?? this.#searchGraph(embedding, k);
    // The graph may miss any node; the query's own vector is known without a search.
    const own = this.#distinct.copiesOf(embedding)?.keys;
    if (own && !hits.some(({ keys }) => keys === own)) hits.unshift({ keys: own, score: 1 });
    return hits;
  }

  #searchGraph(embedding: Float32Array, k: number): Hit[] {
    const { total, empty } = this.#distinct.nodes;
    const perItem = total / (total - empty);
    const askedAt = (depth: number) => Math.ceil(depthFor(k, depth) * perItem);
    const margin = scoreMargin(embedding);
    let asked = askedAt(this.#depth.near);
    let found = this.#nearestNodes(embedding, asked);
    if (needsFarDepth(found, this.#depth)) {
      asked = askedAt(this.#depth.far);
      found = this.#nearestNodes(embedding, asked);
    }
    for (;;) {
      const { hits, nodes, isComplete } = this.#hitsOf(found, k, margin);
      const isEnough = isComplete || (nodes >= k && asked >= maxUndecided);
      if (isEnough || asked >= total) return hits;
      asked *= 2;
      found = this.#nearestNodes(embedding, asked);
    }
  }

  #nearestNodes(embedding: Float32Array, count: number): FoundNodes {
    return this.#graph.search(embedding, Math.min(count, this.#distinct.nodes.total), 1);
  }

  /**
   * The vectors of the first k nodes that have any, and of those whose scores are within the margin
   * of the last of them. They are complete if a node beyond the margin was found, too.
   */
  #hitsOf({ keys, distances }: FoundNodes, k: number, margin: number) {
    const hits: Hit[] = [];
    let nodes = 0;
    let leastScore = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < keys.length; i++) {
      const score = 1 - distances[i]!;
      if (score < leastScore) return { hits, nodes, isComplete: true };
      const vectors = this.#distinct.vectorsOf(Number(keys[i]));
      for (const { keys } of vectors) hits.push({ keys, score });
      if (vectors.length > 0 && ++nodes === k) leastScore = score - margin;
    }
    return { hits, nodes, isComplete: false };
  }

  /**
   * Measures how deep searches of the graph have to go. They continue meanwhile.
   *
   * @param embeddingOf a key's embedding; undefined if it is gone
   */
  async measure(embeddingOf: (key: number) => Float32Array | undefined): Promise<void> {
    const { total } = this.#distinct.nodes;
    const sample = this.#distinct.sampleKeys(probeCount).map(embeddingOf);
    const vectors = sample.filter((embedding) => embedding !== undefined);
    const graph = this.#graph;
    const search = (probe: Float32Array, depth: number) =>
      graph.search(probe, Math.min(depth, total), 1);
    this.#depth = await measureDepth(search, vectors, setImmediate);
    this.#measuredNodes = total;
  }

  /**
   * Rebuilds the graph from the items in use. Searches continue meanwhile; nothing may be added or
   * removed.
   */
  async compact(entries: Iterable<IndexEntry>): Promise<void> {
    const rebuilt = new UsearchIndex(this.#dimension);
    for (const batch of batchesOf(entries, vectorsPerTurn)) {
      rebuilt.add(batch);
      await setImmediate();
    }
    this.#graph = rebuilt.#graph;
    this.#distinct = rebuilt.#distinct;
    this.#exact = rebuilt.#exact;
    this.#depth = rebuilt.#depth;
    this.#measuredNodes = rebuilt.#measuredNodes;
  }

  /**
   * Writes the graph to a file.
   *
   * @returns which items belong to its nodes
   */
  save(path: string): Float64Array<ArrayBuffer> {
    this.#graph.save(path);
    return this.#distinct.encode();
  }

  /**
   * Loads the graph from a file, whose digest must have been verified: usearch crashes the process
   * on a damaged one (see indexFile.ts).
   *
   * @param nodes of `save`
   * @param embeddings of the same items; read only as far as exact search needs them
   * @param depth that was measured on these items
   */
  load(
    path: string,
    nodes: Float64Array,
    embeddings: Iterable<IndexEntry>,
    depth: SearchDepth,
  ): void {
    this.#graph.load(path);
    this.#distinct = DistinctVectors.decode(this.#dimension, nodes);
    this.#depth = depth;
    this.#measuredNodes = this.#distinct.nodes.total;
    this.#exact = new ExactVectors(this.#dimension);
    for (const { key, embedding } of embeddings) {
      const copies = this.#distinct.copiesOf(embedding);
      if (copies?.keys[0] === key) this.#addExact(copies, embedding);
      if (!this.#exact) return;
    }
  }

  #addExact(copies: Copies, embedding: Float32Array): void {
    if (this.#exact?.isFull) this.#exact = undefined;
    this.#exact?.add(copies, embedding);
  }
}
