/** Numbers that tell vectors apart: one for equal vectors, one for nearly equal ones. */
import { uniform } from "@plumage/models";

/** Random directions onto which a vector is projected. */
const directions = 8;
/**
 * Width of a cell of the projections. A projection of a unit vector has a variance of one, and two
 * vectors at a small angle differ by about that angle in it. The rounding of a graph's vectors and
 * distances cannot tell angles below 3e-4 apart.
 */
const cellWidth = 2e-3;
/** Two hashes of 32 bits make a number of 53. */
const highPart = 2 ** 21;

/** Hashes 32-bit integers to an integer below 2^53. */
function hashOf(words: Int32Array): number {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (const word of words) {
    low = Math.imul(low ^ word, 0x01000193);
    low ^= low >>> 15;
    high = Math.imul(high ^ word, 0x85ebca6b);
    high ^= high >>> 13;
  }
  return (low >>> 0) * highPart + ((high >>> 0) % highPart);
}

/** The same for vectors that are equal bit for bit. */
export function fingerprint({ buffer, byteOffset, length }: Float32Array): number {
  return hashOf(new Int32Array(buffer, byteOffset, length));
}

/** Assigns a vector to a cell that it shares with nearly all vectors closer than rounding tells. */
export class Cells {
  readonly #signs: Int8Array;
  readonly #cell = new Int32Array(directions);

  constructor(dimension: number) {
    const next = uniform(1);
    this.#signs = Int8Array.from({ length: directions * dimension }, () => (next() < 0.5 ? 1 : -1));
  }

  /** The cell's number: an integer below 2^53. */
  of(embedding: Float32Array): number {
    const { length } = embedding;
    for (let d = 0; d < directions; d++) {
      let sum = 0;
      for (let i = 0, s = d * length; i < length; i++, s++) sum += this.#signs[s]! * embedding[i]!;
      this.#cell[d] = Math.floor(sum / cellWidth);
    }
    return hashOf(this.#cell);
  }
}
