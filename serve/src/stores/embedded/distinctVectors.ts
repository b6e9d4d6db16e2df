/**
 * Which items share a vector, and which vectors share a node of the graph. A graph of many equal
 * vectors traps its searches: their nodes link to each other alone (hnswlib issue 263).
 */
import { Cells, fingerprint } from "./fingerprints.ts";

/** The items of one vector. */
export interface Copies {
  readonly node: number;
  readonly fingerprint: number;
  /** In ascending order. */
  readonly keys: readonly number[];
}

interface MutableCopies extends Copies {
  readonly keys: number[];
}

/** A node's vectors: more than one only if they are too close for the graph to tell apart. */
interface Node {
  readonly cell: number;
  readonly vectors: MutableCopies[];
}

export class DistinctVectors {
  readonly #cells: Cells;
  readonly #nodes: Node[] = [];
  readonly #nodeOfCell = new Map<number, number>();
  readonly #byFingerprint = new Map<number, MutableCopies>();
  readonly #byKey = new Map<number, MutableCopies>();
  #emptyNodes = 0;

  constructor(dimension: number) {
    this.#cells = new Cells(dimension);
  }

  /** Number of items. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Number of nodes, and of those among them that have lost all their items. */
  get nodes(): { readonly total: number; readonly empty: number } {
    return { total: this.#nodes.length, empty: this.#emptyNodes };
  }

  /** @returns the item's copies, and whether its vector and its node are new */
  add(
    key: number,
    embedding: Float32Array,
  ): { copies: Copies; isNewVector: boolean; isNewNode: boolean } {
    const known = this.#byFingerprint.get(fingerprint(embedding));
    if (known) {
      known.keys.push(key);
      this.#byKey.set(key, known);
      return { copies: known, isNewVector: false, isNewNode: false };
    }
    const cell = this.#cells.of(embedding);
    const found = this.#nodeOfCell.get(cell);
    const node = found ?? this.#addNode(cell);
    if (found !== undefined && this.#nodes[found]!.vectors.length === 0) this.#emptyNodes--;
    const copies = this.#addVector(node, fingerprint(embedding), [key]);
    return { copies, isNewVector: true, isNewNode: found === undefined };
  }

  /** @returns the copies that the key was one of; undefined for an unknown key */
  remove(key: number): Copies | undefined {
    const copies = this.#byKey.get(key);
    if (!copies) return undefined;
    this.#byKey.delete(key);
    copies.keys.splice(copies.keys.indexOf(key), 1);
    if (copies.keys.length > 0) return copies;
    this.#byFingerprint.delete(copies.fingerprint);
    const { vectors } = this.#nodes[copies.node]!;
    vectors.splice(vectors.indexOf(copies), 1);
    if (vectors.length === 0) this.#emptyNodes++;
    return copies;
  }

  /** The items of exactly this vector. */
  copiesOf(embedding: Float32Array): Copies | undefined {
    return this.#byFingerprint.get(fingerprint(embedding));
  }

  /** The vectors of a node; none if their items have been removed. */
  vectorsOf(node: number): readonly Copies[] {
    return this.#nodes[node]!.vectors;
  }

  /** Keys of so many items, evenly spaced in the order of their addition. */
  sampleKeys(count: number): number[] {
    const keys = [...this.#byKey.keys()];
    const spacing = Math.max(1, keys.length / count);
    return Array.from(
      { length: Math.min(count, keys.length) },
      (_, i) => keys[Math.floor(i * spacing)]!,
    );
  }

  /** All nodes as numbers: cell, number of vectors, and for each its fingerprint and its keys. */
  encode(): Float64Array<ArrayBuffer> {
    const numbers: number[] = [];
    for (const { cell, vectors } of this.#nodes) {
      numbers.push(cell, vectors.length);
      for (const { fingerprint, keys } of vectors) {
        numbers.push(fingerprint, keys.length);
        for (const key of keys) numbers.push(key);
      }
    }
    return Float64Array.from(numbers);
  }

  /** @param numbers of `encode`, whose digest must have been verified */
  static decode(dimension: number, numbers: Float64Array): DistinctVectors {
    const distinct = new DistinctVectors(dimension);
    for (let at = 0; at < numbers.length; ) {
      const node = distinct.#addNode(numbers[at++]!);
      const vectors = numbers[at++]!;
      for (let i = 0; i < vectors; i++) {
        const [print, count] = [numbers[at++]!, numbers[at++]!];
        distinct.#addVector(node, print, Array.from(numbers.subarray(at, at + count)));
        at += count;
      }
      if (vectors === 0) distinct.#emptyNodes++;
    }
    return distinct;
  }

  #addNode(cell: number): number {
    this.#nodeOfCell.set(cell, this.#nodes.length);
    return this.#nodes.push({ cell, vectors: [] }) - 1;
  }

  #addVector(node: number, print: number, keys: number[]): MutableCopies {
    const copies = { node, fingerprint: print, keys };
    this.#nodes[node]!.vectors.push(copies);
    this.#byFingerprint.set(print, copies);
    for (const key of keys) this.#byKey.set(key, copies);
    return copies;
  }
}
