/**
 * Cosines of a query with packed half-float embeddings, in WebAssembly (cosines.wat). The rows stay
 * half floats: half the memory of float32, and nothing to unpack at startup.
 */
import { decodeFloat16 } from "@plumage/models";
import binary from "./cosines.wasm?url&inline";

interface Exports {
  scores(
    rows: number,
    count: number,
    rowBytes: number,
    query: number,
    scales: number,
    out: number,
  ): void;
  scales(rows: number, count: number, rowBytes: number, out: number): void;
}

const pageBytes = 65_536;
/** Half floats that the module reads at a time; rows are padded to a multiple with zeros. */
const blockSize = 8;
/** The module reads half floats divided by this (cosines.wat). */
const exponentScale = 2 ** 112;

export class EmbeddingRows {
  readonly count: number;
  readonly dimension: number;
  /** Distance from one row to the next, padding included. */
  readonly rowBytes: number;
  readonly #exports: Exports;
  readonly #memory: WebAssembly.Memory;
  /** Addresses after the rows: 1 / length of each row, the query, and the scores. */
  readonly #scales: number;
  readonly #query: number;
  readonly #scores: number;

  /** @param rows half floats, little endian, [count, dimension] */
  constructor(rows: Uint8Array, dimension: number) {
    this.dimension = dimension;
    this.count = rows.length / 2 / dimension;
    this.rowBytes = Math.ceil(dimension / blockSize) * blockSize * 2;
    this.#scales = this.count * this.rowBytes;
    // Aligned for SIMD loads.
    this.#query = Math.ceil((this.#scales + this.count * 4) / 16) * 16;
    this.#scores = this.#query + this.rowBytes * 2;
    const bytes = this.#scores + this.count * 4;
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) });
    const target = new Uint8Array(this.#memory.buffer);
    if (this.rowBytes === dimension * 2) target.set(rows);
    else {
      for (let row = 0; row < this.count; row++) {
        target.set(
          rows.subarray(row * dimension * 2, (row + 1) * dimension * 2),
          row * this.rowBytes,
        );
      }
    }
    const instance = new WebAssembly.Instance(compiled(), { page: { memory: this.#memory } });
    this.#exports = instance.exports as unknown as Exports;
    this.#exports.scales(0, this.count, this.rowBytes, this.#scales);
  }

  /** The padded half floats, [count, rowBytes]. */
  get packed(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, 0, this.count * this.rowBytes);
  }

  /** 1 / length of each row, [count]; 0 for a row of zeros. */
  get scales(): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer, this.#scales, this.count);
  }

  /** One embedding, unit length. */
  row(index: number): Float32Array<ArrayBuffer> {
    const offset = index * this.rowBytes;
    const scale = this.scales[index]!;
    return decodeFloat16(new Uint8Array(this.#memory.buffer, offset, this.dimension * 2)).map(
      (value) => value * scale,
    );
  }

  /**
   * The cosine of a query with each row.
   *
   * @param query [dimension], unit length
   * @returns [count], in memory that the next call overwrites
   */
  cosines(query: Float32Array): Float32Array {
    const target = new Float32Array(this.#memory.buffer, this.#query, this.dimension);
    for (let i = 0; i < target.length; i++) target[i] = query[i]! * exponentScale;
    this.#exports.scores(0, this.count, this.rowBytes, this.#query, this.#scales, this.#scores);
    return new Float32Array(this.#memory.buffer, this.#scores, this.count);
  }
}

/** One kilobyte, inlined in the script: small enough to compile synchronously. */
function compiled(): WebAssembly.Module {
  const base64 = binary.slice(binary.indexOf(",") + 1);
  return new WebAssembly.Module(
    Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
  );
}
