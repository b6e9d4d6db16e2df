/** Retrieval metrics from lists of nearest neighbors. */
import { PlumageError } from "../errors.ts";
import type { RetrievalMetrics } from "./metricsSchema.ts";
import { maxNeighbors, type SearchSets } from "./searchSets.ts";

/** The ranks at which recall is reported, as in papers on CUB-200-2011. */
const recallRanks = [1, 2, 4, 8] as const;

/** Metrics of an evaluation, and the number of queries they cover. */
export interface RetrievalResult {
  readonly metrics: RetrievalMetrics;
  /** Evaluated queries: those whose class has another member among the references. */
  readonly queries: number;
  /**
   * Queries left out because their class has no other member among the references. In leave-one-out
   * they remain references of the others.
   */
  readonly loneQueries: number;
}

/**
 * P@1, R@K, R-precision and MAP@R, each averaged over the queries. Let R be the number of
 * references in the query's class, not counting the query itself. R@K is 1 if the class occurs
 * among the first K neighbors; R-precision is the fraction of the first R neighbors that are in the
 * class; MAP@R is 1/R times the sum of the precision at i over the ranks i <= R that are hits.
 *
 * Musgrave, Belongie, Lim 2020, "A Metric Learning Reality Check" (arXiv 2003.08505), section 3.2;
 * equal to pytorch-metric-learning's AccuracyCalculator.
 */
export class RetrievalMeter {
  readonly #labels: Int32Array;
  /** References in each class. */
  readonly #classSizes = new Map<number, number>();
  readonly #isReference: Uint8Array;
  readonly #recalled = recallRanks.map(() => 0);
  #queries = 0;
  #loneQueries = 0;
  #rPrecision = 0;
  #mapAtR = 0;
  /**
   * Neighbors that `add` needs for each query: R of the largest class among the queries, at least
   * 8, and at most as many as there are.
   */
  readonly needed: number;
  /** R of the largest class among the queries. */
  readonly largest: number;

  /** @param labels class number of each item */
  constructor(labels: Int32Array, sets: SearchSets) {
    this.#labels = labels;
    this.#isReference = new Uint8Array(labels.length);
    for (const item of sets.references) {
      this.#isReference[item] = 1;
      this.#classSizes.set(labels[item]!, (this.#classSizes.get(labels[item]!) ?? 0) + 1);
    }
    this.largest = sets.queries.reduce((most, query) => Math.max(most, this.#relevant(query)), 0);
    this.needed = Math.min(Math.max(...recallRanks, this.largest), maxNeighbors(sets));
  }

  /** Whether another reference is of the query's class. */
  hasMatch(query: number): boolean {
    return this.#relevant(query) > 0;
  }

  /** R: the number of references in the query's class, without the query itself. */
  #relevant(query: number): number {
    return (this.#classSizes.get(this.#labels[query]!) ?? 0) - this.#isReference[query]!;
  }

  /**
   * Adds one query.
   *
   * @param neighbors item numbers, nearest first, without the query itself
   * @throws PlumageError "bad-input" if there are fewer than `needed`
   */
  add(query: number, neighbors: Int32Array): void {
    if (neighbors.length < this.needed) {
      throw new PlumageError(
        "bad-input",
        `the metrics need ${this.needed} neighbors of every query; ` +
          `item ${query} has ${neighbors.length}`,
      );
    }
    const label = this.#labels[query]!;
    const relevant = this.#relevant(query);
    if (relevant === 0) {
      this.#loneQueries++;
      return;
    }
    this.#queries++;
    let hits = 0;
    let precisions = 0;
    let firstRank = Infinity;
    for (let rank = 1; rank <= neighbors.length; rank++) {
      if (this.#labels[neighbors[rank - 1]!] !== label) continue;
      firstRank = Math.min(firstRank, rank);
      if (rank > relevant) break;
      hits++;
      precisions += hits / rank;
    }
    this.#rPrecision += hits / relevant;
    this.#mapAtR += precisions / relevant;
    for (const [i, rank] of recallRanks.entries()) if (firstRank <= rank) this.#recalled[i]!++;
  }

  /** @throws PlumageError "bad-input" if no class has two items */
  result(): RetrievalResult {
    const queries = this.#queries;
    if (queries === 0) {
      throw new PlumageError(
        "bad-input",
        "no class has two images, so there is nothing to retrieve",
      );
    }
    const recall = (i: number) => this.#recalled[i]! / queries;
    return {
      metrics: {
        precisionAt1: recall(0),
        recallAt: { "1": recall(0), "2": recall(1), "4": recall(2), "8": recall(3) },
        mapAtR: this.#mapAtR / queries,
        rPrecision: this.#rPrecision / queries,
      },
      queries,
      loneQueries: this.#loneQueries,
    };
  }
}
