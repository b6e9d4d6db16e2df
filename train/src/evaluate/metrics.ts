/** Retrieval metrics from a list of nearest neighbours, leave-one-out. */
import { PlumageError, type RetrievalMetrics } from "@plumage/models";

/** The ranks at which recall is reported, as papers on CUB-200-2011 do. */
const recallRanks = [1, 2, 4, 8] as const;

export interface RetrievalResult {
  readonly metrics: RetrievalMetrics;
  /** Items that were asked: those whose class has another member. */
  readonly queries: number;
  /** Items that were not asked, because nothing could be found for them. They stay in everybody else's gallery. */
  readonly loneQueries: number;
}

/** How many neighbours `retrievalMetrics` needs: R of the largest class, at least 8, and never more than there are. */
export function neighboursNeeded(labels: Int32Array): number {
  const largest = Math.max(0, ...classSizes(labels).values());
  return Math.min(Math.max(...recallRanks, largest - 1), Math.max(0, labels.length - 1));
}

/**
 * P@1, R@K, R-precision and MAP@R, each the mean over the queries. With R the number of the query's other class members:
 * R@K is 1 if one of the first K neighbours is of the class; R-precision is the share of the class among the first R;
 * MAP@R is 1/R times the sum of the precision at i over those ranks i <= R that hold a member.
 *
 * Musgrave, Belongie, Lim 2020, "A Metric Learning Reality Check" (arXiv 2003.08505), section 3.2; equal to
 * pytorch-metric-learning's AccuracyCalculator where the queries are the references.
 *
 * @param labels class number of each of the N items
 * @param neighbours [N, k] item numbers, nearest first, without the item itself; k >= neighboursNeeded(labels)
 * @throws PlumageError "bad-input" if k is too small or no class has two members
 */
export function retrievalMetrics(labels: Int32Array, neighbours: Int32Array): RetrievalResult {
  const count = labels.length;
  const k = count ? neighbours.length / count : 0;
  const needed = neighboursNeeded(labels);
  if (!Number.isInteger(k) || k < needed) {
    throw new PlumageError(
      "bad-input",
      `the metrics need ${needed} neighbours of each of ${count} items, and got ${k}`,
    );
  }
  const sizes = classSizes(labels);
  const recalled = recallRanks.map(() => 0);
  let queries = 0;
  let rPrecision = 0;
  let mapAtR = 0;
  for (let query = 0; query < count; query++) {
    const label = labels[query]!;
    const relevant = sizes.get(label)! - 1;
    if (relevant === 0) continue;
    queries++;
    let found = 0;
    let precisions = 0;
    let firstRank = Infinity;
    for (let rank = 1; rank <= k; rank++) {
      if (labels[neighbours[query * k + rank - 1]!] !== label) continue;
      firstRank = Math.min(firstRank, rank);
      if (rank > relevant) break;
      found++;
      precisions += found / rank;
    }
    rPrecision += found / relevant;
    mapAtR += precisions / relevant;
    for (const [i, rank] of recallRanks.entries()) if (firstRank <= rank) recalled[i]!++;
  }
  if (queries === 0) throw new PlumageError("bad-input", "no class has two pictures, so there is nothing to retrieve");
  const recall = (i: number) => recalled[i]! / queries;
  return {
    metrics: {
      precisionAt1: recall(0),
      recallAt: { "1": recall(0), "2": recall(1), "4": recall(2), "8": recall(3) },
      mapAtR: mapAtR / queries,
      rPrecision: rPrecision / queries,
    },
    queries,
    loneQueries: count - queries,
  };
}

function classSizes(labels: Int32Array): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return sizes;
}
