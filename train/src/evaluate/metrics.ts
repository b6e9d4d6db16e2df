/** Retrieval metrics from lists of nearest neighbors. */
import { PlumageError, type RetrievalMetrics } from "@plumage/models";
import { overlap, type SearchSets } from "./search.ts";

/** The ranks at which recall is reported, as papers on CUB-200-2011 do. */
const recallRanks = [1, 2, 4, 8] as const;

export interface RetrievalResult {
  readonly metrics: RetrievalMetrics;
  /** Queries that were asked: those whose class has another member among the references. */
  readonly queries: number;
  /**
   * Queries that were not asked, because nothing could be found for them. In leave-one-out they
   * stay in everybody else's gallery.
   */
  readonly loneQueries: number;
}

/**
 * P@1, R@K, R-precision and MAP@R, each the mean over the queries. With R the number of the class's
 * members among the references, without the query itself: R@K is 1 if one of the first K neighbors
 * is of the class; R-precision is the share of the class among the first R; MAP@R is 1/R times the
 * sum of the precision at i over those ranks i <= R that hold a member.
 *
 * Musgrave, Belongie, Lim 2020, "A Metric Learning Reality Check" (arXiv 2003.08505), section 3.2;
 * equal to pytorch-metric-learning's AccuracyCalculator.
 */
export class RetrievalMeter {
  readonly #labels: Int32Array;
  readonly #sizes = new Map<number, number>();
  readonly #isReference: Uint8Array;
  readonly #recalled = recallRanks.map(() => 0);
  #queries = 0;
  #loneQueries = 0;
  #rPrecision = 0;
  #mapAtR = 0;
  /**
   * Neighbors that `add` wants of every query: R of the largest class asked for, at least 8, and
   * never more than there are.
   */
  readonly needed: number;

  /** @param labels class number of each item */
  constructor(labels: Int32Array, sets: SearchSets) {
    this.#labels = labels;
    this.#isReference = new Uint8Array(labels.length);
    for (const item of sets.references) {
      this.#isReference[item] = 1;
      this.#sizes.set(labels[item]!, (this.#sizes.get(labels[item]!) ?? 0) + 1);
    }
    const largest = sets.queries.reduce((most, query) => Math.max(most, this.#relevant(query)), 0);
    const there = Math.max(0, sets.references.length - (overlap(sets) ? 1 : 0));
    this.needed = Math.min(Math.max(...recallRanks, largest), there);
  }

  /** Members of the query's class that it can find. */
  #relevant(query: number): number {
    return (this.#sizes.get(this.#labels[query]!) ?? 0) - this.#isReference[query]!;
  }

  /**
   * @param neighbors item numbers, nearest first, without the query itself
   * @throws PlumageError "bad-input" if they are fewer than needed
   */
  add(query: number, neighbors: Int32Array): void {
    if (neighbors.length < this.needed) {
      const got = `got ${neighbors.length} of item ${query}`;
      throw new PlumageError(
        "bad-input",
        `the metrics need ${this.needed} neighbors of every query, and ${got}`,
      );
    }
    const label = this.#labels[query]!;
    const relevant = this.#relevant(query);
    if (relevant === 0) {
      this.#loneQueries++;
      return;
    }
    this.#queries++;
    let found = 0;
    let precisions = 0;
    let firstRank = Infinity;
    for (let rank = 1; rank <= neighbors.length; rank++) {
      if (this.#labels[neighbors[rank - 1]!] !== label) continue;
      firstRank = Math.min(firstRank, rank);
      if (rank > relevant) break;
      found++;
      precisions += found / rank;
    }
    this.#rPrecision += found / relevant;
    this.#mapAtR += precisions / relevant;
    for (const [i, rank] of recallRanks.entries()) if (firstRank <= rank) this.#recalled[i]!++;
  }

  /** @throws PlumageError "bad-input" if no query has anything to find */
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
