/**
 * The embedded vector index: a usearch HNSW graph (Malkov and Yashunin 2016, arXiv 1603.09320) over
 * half-precision vectors, with one node for each distinct vector. A small gallery is searched
 * exactly instead.
 */
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import type { Index } from "usearch";
import { type Copies, DistinctVectors } from "./distinctVectors.ts";
import { ExactVectors } from "./exactVectors.ts";
import { depthFor, greatestDepth, measureDepth, probesOf } from "./searchDepth.ts";

// usearch's ES module searches the call stack for its binary, and never ends in a worker thread
// whose entry is not a file.
const usearch = createRequire(import.meta.url)("usearch") as typeof import("usearch");
const { MetricKind, ScalarKind } = usearch;

/** A vector that a search found. */
export interface Hit {
  /** The items that have it, in ascending order. */
  readonly keys: readonly number[];
  /** Cosine similarity of the node's half-precision vector, or of the exact one. */
  readonly score: number;
}

/** Compaction is due once empty nodes exceed this share of the others, and this number. */
const compaction = { share: 0.25, atLeast: 1000 } as const;
/** Vectors added per turn of the event loop. */
const vectorsPerTurn = 16;
/** The search depth is measured again once the graph has grown by this factor. */
const growth = 1.5;
const probeCount = 32;

const emptyGraph = (dimension: number): Index =>
  new usearch.Index({
    dimensions: dimension,
    metric: MetricKind.Cos,
    quantization: ScalarKind.F16,
    // 0 selects usearch's default.
    connectivity: 0,
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
  /** Its depth was measured when the graph had this many nodes. */
  #depth = { measured: greatestDepth, nodes: 0 };

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
    return !this.#exact && this.#distinct.nodes.total >= growth * this.#depth.nodes;
  }

  /** The depth of a search for few vectors. */
  get depth(): number {
    return this.#depth.measured;
  }

  /**
   * Adds an item.
   *
   * @param key higher than any before
   * @param embedding of unit length
   */
  add(key: number, embedding: Float32Array): void {
    const { copies, isNewVector, isNewNode } = this.#distinct.add(key, embedding);
    if (isNewNode) this.#graph.add(BigInt(copies.node), embedding);
    if (isNewVector) this.#addExact(copies, embedding);
  }

  /** Hides an item from searches. */
  remove(key: number): void {
    const copies = this.#distinct.remove(key);
    if (copies?.keys.length === 0) this.#exact?.remove(copies);
  }

  /** At least the k nearest distinct vectors; all of them if there are fewer. */
  search(embedding: Float32Array, k: number): Hit[] {
    if (this.size === 0) return [];
    const hits = this.#exact?.search(embedding, k) ?? this.#searchGraph(embedding, k);
    // The graph may miss any node, and rounding may put nearly equal vectors first; the query's own
    // vector is known without a search.
    const own = this.#distinct.copiesOf(embedding)?.keys;
    if (own && !hits.some(({ keys }) => keys === own)) hits.unshift({ keys: own, score: 1 });
    return hits;
  }

  #searchGraph(embedding: Float32Array, k: number): Hit[] {
    const { total, empty } = this.#distinct.nodes;
    const perItem = total / (total - empty);
    for (let asked = Math.ceil(depthFor(k, this.#depth.measured) * perItem); ; asked *= 2) {
      const { keys, distances } = this.#graph.search(embedding, Math.min(asked, total), 1);
      const hits: Hit[] = [];
      for (let i = 0, nodes = 0; i < keys.length && nodes < k; i++) {
        const vectors = this.#distinct.vectorsOf(Number(keys[i]));
        if (vectors.length > 0) nodes++;
        for (const { keys } of vectors) hits.push({ keys, score: 1 - distances[i]! });
      }
      if (hits.length >= k || asked >= total) return hits;
    }
  }

  /**
   * Measures how deep searches of the graph have to go. They continue meanwhile.
   *
   * @param embeddingOf a key's embedding; undefined if it is gone
   */
  async measure(embeddingOf: (key: number) => Float32Array | undefined): Promise<void> {
    const { total } = this.#distinct.nodes;
    const sample = this.#distinct.sampleKeys(probeCount).map(embeddingOf);
    const probes = probesOf(sample.filter((embedding) => embedding !== undefined));
    const graph = this.#graph;
    const search = (probe: Float32Array, depth: number) =>
      graph.search(probe, Math.min(depth, total), 1).keys;
    this.#depth = { measured: await measureDepth(search, probes, setImmediate), nodes: total };
  }

  /**
   * Rebuilds the graph from the items in use. Searches continue meanwhile; nothing may be added or
   * removed.
   */
  async compact(
    entries: Iterable<{ readonly key: number; readonly embedding: Float32Array }>,
  ): Promise<void> {
    const rebuilt = new UsearchIndex(this.#dimension);
    let added = 0;
    for (const { key, embedding } of entries) {
      rebuilt.add(key, embedding);
      if (++added % vectorsPerTurn === 0) await setImmediate();
    }
    this.#graph = rebuilt.#graph;
    this.#distinct = rebuilt.#distinct;
    this.#exact = rebuilt.#exact;
    this.#depth = rebuilt.#depth;
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
    embeddings: Iterable<{ readonly key: number; readonly embedding: Float32Array }>,
    depth?: number,
  ): void {
    this.#graph.load(path);
    this.#distinct = DistinctVectors.decode(this.#dimension, nodes);
    if (depth) this.#depth = { measured: depth, nodes: this.#distinct.nodes.total };
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
