/** Calibrates the confidence of searches on images whose classes training never saw. */
import {
  type Calibration,
  classGaps,
  confidences,
  gapFeature,
  type LabeledNeighbor,
} from "./confidence.ts";
import { fitLogistic } from "./logistic.ts";

/** Classes have rarely more members in a gallery's first rows; searches ask for 12 to 24. */
export const calibrationDepth = 16;

/** Fewer samples of either outcome would not fix three numbers. */
const minSamples = 50;
/** More queries would take time and tell nothing new. */
const maxQueries = 5000;
const binCount = 10;

/** One search, and whether each of its neighbors is of the query's class. */
interface Sample {
  /** Number of the query's class. */
  readonly label: number;
  readonly neighbors: readonly LabeledNeighbor[];
}

/**
 * Collects the searches of an evaluation twice: as they are, and without the references of the
 * query's class. So half of the samples are open-set queries, which have nothing to find, and the
 * confidence does not assume that a gallery has everything.
 *
 * Fits the probability that a neighbor is of the query's class by its score and its gap to other
 * classes (`confidences`), with one logistic model for nearest neighbors and one for the rest.
 */
export class CalibrationMeter {
  readonly #labels: Int32Array;
  readonly #stride: number;
  readonly #samples: Sample[] = [];
  #queries = 0;

  /**
   * @param labels class number of each item
   * @param queries how many will be added
   */
  constructor(labels: Int32Array, queries: number) {
    this.#labels = labels;
    this.#stride = Math.ceil(queries / maxQueries);
  }

  /**
   * Adds one query.
   *
   * @param indices item numbers, nearest first: the query's class and `calibrationDepth` others
   * @param scores cosines
   */
  add(query: number, indices: Int32Array, scores: Float32Array): void {
    if (this.#queries++ % this.#stride !== 0) return;
    const label = this.#labels[query]!;
    const neighbors = Array.from(indices, (item, rank) => ({
      score: scores[rank]!,
      label: this.#labels[item]!,
    }));
    const others = neighbors.filter((each) => each.label !== label);
    for (const found of [neighbors, others])
      if (found.length > 1)
        this.#samples.push({ label, neighbors: found.slice(0, calibrationDepth) });
  }

  /** Undefined if there are too few right or wrong nearest neighbors for a fit. */
  result(): Calibration | undefined {
    const samples = this.#samples;
    if (!isEnough(samples)) return undefined;
    // Two folds: the classes of each are judged by a fit on the classes of the other.
    const folds = [0, 1].map((fold) => samples.filter(({ label }) => label % 2 === fold));
    const judged = folds.every(isEnough)
      ? folds.flatMap((fold, i) => judge(fold, fitSamples(folds[1 - i]!)))
      : judge(samples, fitSamples(samples));
    return { ...fitSamples(samples), reliability: reliabilityOf(judged) };
  }
}

function isEnough(samples: readonly Sample[]): boolean {
  const right = samples.filter((sample) => isRight(sample, 0)).length;
  return Math.min(right, samples.length - right) >= minSamples;
}

const isRight = ({ label, neighbors }: Sample, rank: number): boolean =>
  neighbors[rank]!.label === label;

type Fit = Omit<Calibration, "reliability">;

function fitSamples(samples: readonly Sample[]): Fit {
  const gaps = samples.map(({ neighbors }) => classGaps(neighbors, calibrationDepth));
  const sorted = gaps.map(([gap]) => gap!).sort((a, b) => a - b);
  // Half of the nearest neighbors may tie with another class.
  const gapScale = Math.max(sorted[sorted.length >> 1]!, 1e-6);
  const fitRanks = (isIncluded: (rank: number) => boolean) => {
    const features: number[][] = [];
    const outcomes: boolean[] = [];
    for (const [i, sample] of samples.entries()) {
      for (const [rank, { score }] of sample.neighbors.entries()) {
        if (!isIncluded(rank)) continue;
        features.push([score, gapFeature(gaps[i]![rank]!, gapScale)]);
        outcomes.push(isRight(sample, rank));
      }
    }
    const { bias, weights } = fitLogistic(features, outcomes);
    return { bias, score: weights[0]!, gap: weights[1]! };
  };
  return {
    depth: calibrationDepth,
    gapScale,
    nearest: fitRanks((rank) => rank === 0),
    others: fitRanks((rank) => rank > 0),
  };
}

interface Judgment {
  readonly confidence: number;
  readonly isRight: boolean;
}

/** The nearest neighbors' confidences, and whether they are right. */
const judge = (samples: readonly Sample[], model: Fit): Judgment[] =>
  samples.map((sample) => ({
    confidence: confidences(sample.neighbors, model)[0]!,
    isRight: isRight(sample, 0),
  }));

/**
 * A reliability diagram in ten bins of equal width, and the expected calibration error: the mean
 * difference of confidence and accuracy over the bins, weighted by their samples. Guo et al. 2017,
 * "On Calibration of Modern Neural Networks" (arXiv 1706.04599), section 2.
 */
export function reliabilityOf(judgments: readonly Judgment[]): Calibration["reliability"] {
  const bins = Array.from({ length: binCount }, () => ({ samples: 0, confidence: 0, right: 0 }));
  for (const { confidence, isRight } of judgments) {
    const bin = bins[Math.min(Math.floor(confidence * binCount), binCount - 1)]!;
    bin.samples++;
    bin.confidence += confidence;
    bin.right += Number(isRight);
  }
  const filled = bins
    .filter(({ samples }) => samples > 0)
    .map(({ samples, confidence, right }) => ({
      samples,
      confidence: confidence / samples,
      accuracy: right / samples,
    }));
  const errors = filled.map((bin) => bin.samples * Math.abs(bin.confidence - bin.accuracy));
  const ece = errors.reduce((sum, error) => sum + error, 0) / judgments.length;
  return { samples: judgments.length, ece, bins: filled };
}
