/**
 * The gallery's embeddings in WebAssembly memory, as the half floats that they are on disk, and
 * their cosines with a query: half the memory of float32, and no time to unpack them (cosines.wat).
 */
import { decodeFloat16 } from "@plumage/models";
import binary from "./cosines.wasm?url&inline";

interface Program {
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
/** Half floats that the program takes at a time; the places that this adds to a row stay 0. */
const together = 8;
/** What the program's half floats lack (cosines.wat). */
const bias = 2 ** 112;

export class EmbeddingRows {
  readonly count: number;
  readonly dimension: number;
  /** From one row to the next: places that no number takes are 0. */
  readonly rowBytes: number;
  readonly #program: Program;
  readonly #memory: WebAssembly.Memory;
  /** Addresses behind the rows: 1 / length of each, the query, and the answer. */
  readonly #scales: number;
  readonly #query: number;
  readonly #out: number;

  /** @param rows half floats, little endian, [count, dimension] */
  constructor(rows: Uint8Array, dimension: number) {
    this.dimension = dimension;
    this.count = rows.length / 2 / dimension;
    this.rowBytes = Math.ceil(dimension / together) * together * 2;
    this.#scales = this.count * this.rowBytes;
    // float32 for each number of a row, on an address that vectors like.
    this.#query = Math.ceil((this.#scales + this.count * 4) / 16) * 16;
    this.#out = this.#query + this.rowBytes * 2;
    const bytes = this.#out + this.count * 4;
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
    const instance = new WebAssembly.Instance(program(), { page: { memory: this.#memory } });
    this.#program = instance.exports as unknown as Program;
    this.#program.scales(0, this.count, this.rowBytes, this.#scales);
  }

  /** The half floats, [count, rowBytes]. */
  get packed(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#memory.buffer, 0, this.count * this.rowBytes);
  }

  /** 1 / length of each row, [count]; 0 for a row of zeros. */
  get scales(): Float32Array<ArrayBuffer> {
    return new Float32Array(this.#memory.buffer, this.#scales, this.count);
  }

  /** One embedding, of unit length. */
  row(index: number): Float32Array<ArrayBuffer> {
    const at = index * this.rowBytes;
    const scale = this.scales[index]!;
    return decodeFloat16(new Uint8Array(this.#memory.buffer, at, this.dimension * 2)).map(
      (value) => value * scale,
    );
  }

  /**
   * Cosine of a query with every row.
   *
   * @param query [dimension], of unit length
   * @returns [count]; the same memory for every call
   */
  cosines(query: Float32Array): Float32Array {
    const place = new Float32Array(this.#memory.buffer, this.#query, this.dimension);
    for (let i = 0; i < place.length; i++) place[i] = query[i]! * bias;
    this.#program.scores(0, this.count, this.rowBytes, this.#query, this.#scales, this.#out);
    return new Float32Array(this.#memory.buffer, this.#out, this.count);
  }
}

/** A kilobyte, carried in the script: small enough to be compiled on the spot. */
function program(): WebAssembly.Module {
  const base64 = binary.slice(binary.indexOf(",") + 1);
  return new WebAssembly.Module(
    Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
  );
}
