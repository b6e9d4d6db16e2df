/**
 * Symbolic sizes. tfjs needs a number for every axis, so a symbolic size such as the batch "N" is
 * recorded as a large prime that no fixed size is a multiple of. A size that is a multiple of such
 * a prime is symbolic.
 */
import { PlumageError } from "@plumage/models";

const primes = [7919, 7927, 7933, 7937] as const;

export class Symbols {
  #sizes = new Map<string, number>();

  /** The prime that stands for a symbol. */
  size(symbol: string): number {
    const known = this.#sizes.get(symbol);
    if (known) return known;
    const prime = primes[this.#sizes.size];
    if (!prime)
      throw new PlumageError(
        "unsupported",
        `a recording can have at most ${primes.length} symbolic sizes`,
      );
    this.#sizes.set(symbol, prime);
    return prime;
  }

  isSymbolic(size: number): boolean {
    for (const prime of this.#sizes.values()) if (size > 0 && size % prime === 0) return true;
    return false;
  }

  /** A size for an ONNX port: a number, a symbol's name, or null for a multiple of a symbol. */
  describe(size: number): number | string | null {
    for (const [symbol, prime] of this.#sizes) if (size === prime) return symbol;
    return this.isSymbolic(size) ? null : size;
  }

  /** A shape for ONNX's Reshape, with -1 for the symbolic size. */
  reshapeTarget(shape: readonly number[]): number[] {
    const target = shape.map((size) => (this.isSymbolic(size) ? -1 : size));
    if (target.filter((size) => size === -1).length > 1) {
      throw new PlumageError(
        "unsupported",
        `cannot reshape to [${shape.map((size) => this.describe(size))}]: two sizes are symbolic`,
      );
    }
    return target;
  }

  /**
   * Asserts that sizes which are written into the graph as numbers are not symbolic.
   *
   * @throws PlumageError "unsupported" that names the kernel
   */
  assertFixed(sizes: readonly number[], kernel: string): void {
    if (sizes.some((size) => this.isSymbolic(size))) {
      throw new PlumageError(
        "unsupported",
        `kernel ${kernel} cannot be recorded with a symbolic size`,
        "record with a fixed size",
      );
    }
  }
}
