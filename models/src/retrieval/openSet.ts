/** Metrics for open sets, where a query may have nothing to find. */
import type { OpenSetMetrics } from "./metricsSchema.ts";

/** Width of a score's bin: 1/32768. */
const binsPerUnit = 2 ** 15;
const binCount = 2 * binsPerUnit + 1;

/** The false match rates at which the false non-match rate is reported. */
const falseMatchRates = ["0.01", "0.001"] as const;

/**
 * **FNMR at FMR**: how well a threshold on the cosine verifies that two images are of one class.
 * The threshold is the lowest at which the false match rate, the fraction of pairs of different
 * classes that reach it, is at most 1e-2 or 1e-3; the false non-match rate is the fraction of pairs
 * of one class that stay below. Over all pairs of a query and a reference, as in ISO/IEC 19795-1
 * and open-metric-learning's `calc_fnmr_at_fmr`; scores are counted in bins of 1/32768.
 *
 * **AUROC**: whether the score of the nearest neighbor tells if there is something to find: the
 * probability that a query has a higher one than a query whose class is removed from the
 * references, with ties as half. Vaze et al. 2022, "Open-Set Recognition: A Good Closed-Set
 * Classifier Is All You Need" (arXiv 2110.06207), section 3.
 */
export class OpenSetMeter {
  readonly #labels: Int32Array;
  readonly #same = new Float64Array(binCount);
  readonly #different = new Float64Array(binCount);
  readonly #known: number[] = [];
  readonly #unknown: number[] = [];

  /** @param labels class number of each item */
  constructor(labels: Int32Array) {
    this.#labels = labels;
  }

  /**
   * Counts a pair.
   *
   * @param score a cosine
   * @param times 2 if the pair stands for both of its directions
   */
  addPair(query: number, reference: number, score: number, times: number): void {
    const bins = this.#labels[query] === this.#labels[reference] ? this.#same : this.#different;
    bins[Math.floor((Math.min(Math.max(score, -1), 1) + 1) * binsPerUnit)]! += times;
  }

  /**
   * Adds one query's neighbors.
   *
   * @param indices item numbers, nearest first: the query's class and at least one other
   * @param hasMatch whether a reference is of the query's class
   */
  add(query: number, indices: Int32Array, scores: Float32Array, hasMatch: boolean): void {
    if (hasMatch) this.#known.push(scores[0]!);
    const other = indices.findIndex((item) => this.#labels[item] !== this.#labels[query]);
    if (other >= 0) this.#unknown.push(scores[other]!);
  }

  /** Undefined if there is only one class. */
  result(): OpenSetMetrics | undefined {
    if (this.#known.length === 0 || this.#unknown.length === 0) return undefined;
    const [first, second] = falseMatchRates.map((rate) => this.#falseNonMatchRate(Number(rate)));
    return {
      fnmrAtFmr: { "0.01": first!, "0.001": second! },
      auroc: rankProbability(this.#known, this.#unknown),
    };
  }

  /** Null if there are too few pairs of different classes to tell. */
  #falseNonMatchRate(falseMatchRate: number): number | null {
    const allowed = falseMatchRate * sum(this.#different);
    if (allowed < 1) return null;
    let bin = binCount;
    let matches = 0;
    let accepted = 0;
    while (bin > 0 && matches + this.#different[bin - 1]! <= allowed) {
      bin--;
      matches += this.#different[bin]!;
      accepted += this.#same[bin]!;
    }
    return 1 - accepted / sum(this.#same);
  }
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/** P(a > b) + P(a = b) / 2, for random members of two lists (Mann and Whitney 1947). */
function rankProbability(a: readonly number[], b: readonly number[]): number {
  const sorted = Float64Array.from(b).sort();
  /** How many members of b are below a value, or also those equal to it. */
  const count = (value: number, isIncluded: boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const isBelow = isIncluded ? sorted[middle]! <= value : sorted[middle]! < value;
      if (isBelow) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const wins = a.reduce(
    (total, value) => total + (count(value, false) + count(value, true)) / 2,
    0,
  );
  return wins / (a.length * b.length);
}
