/**
 * Symbolic sizes. tfjs wants a number for every axis, so a symbolic size such as the batch N is
 * recorded as a large prime that no real size holds as a factor; wherever a multiple of it turns
 * up, the size is symbolic.
 */
import { PlumageError } from "@plumage/models";

const primes = [7919, 7927, 7933, 7937] as const;

export class Symbols {
  #sizes = new Map<string, number>();

  /** The stand-in number of a symbolic size. */
  size(symbol: string): number {
    const known = this.#sizes.get(symbol);
    if (known) return known;
    const prime = primes[this.#sizes.size];
    if (!prime)
      throw new PlumageError(
        "unsupported",
        `more than ${primes.length} symbolic sizes in one recording`,
      );
    this.#sizes.set(symbol, prime);
    return prime;
  }

  isSymbolic(size: number): boolean {
    for (const prime of this.#sizes.values()) if (size > 0 && size % prime === 0) return true;
    return false;
  }

  /** A size as an ONNX port names it: a number, the symbol, or null for a multiple of a symbol. */
  describe(size: number): number | string | null {
    for (const [symbol, prime] of this.#sizes) if (size === prime) return symbol;
    return this.isSymbolic(size) ? null : size;
  }

  /** A shape for ONNX's Reshape, in which one size may be left to be inferred (-1). */
  reshapeTarget(shape: readonly number[]): number[] {
    const target = shape.map((size) => (this.isSymbolic(size) ? -1 : size));
    if (target.filter((size) => size === -1).length > 1) {
      throw new PlumageError(
        "unsupported",
        `a reshape to [${shape.map((size) => this.describe(size))}] has two symbolic sizes`,
      );
    }
    return target;
  }

  /** Asserts that sizes which become numbers in the graph are real ones. */
  assertFixed(sizes: readonly number[], kernel: string): void {
    if (sizes.some((size) => this.isSymbolic(size))) {
      throw new PlumageError(
        "unsupported",
        `kernel ${kernel} cannot be recorded with a symbolic size`,
        "record it with a fixed size",
      );
    }
  }
}
