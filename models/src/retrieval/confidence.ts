/** How confident a search is: the probability that a neighbor is of the query's class. */
import { z } from "zod";
import { sigmoid } from "./logistic.ts";

const logisticSchema = z.object({
  bias: z.number(),
  score: z.number().nonnegative(),
  gap: z.number().nonnegative(),
});
const fraction = z.number().min(0).max(1);

/** Schema of a calibration: model.json and report.json contain it. */
export const calibrationSchema = z.object({
  /** The nearest neighbors of a query that gaps to other classes are found among. */
  depth: z.int().min(2),
  /** The median gap of nearest neighbors. Gaps are compared in units of it. */
  gapScale: z.number().positive(),
  /** P = sigmoid(bias + score * cosine + gap * asinh(gap / gapScale)), for nearest neighbors. */
  nearest: logisticSchema,
  /** The same for the neighbors behind the nearest. */
  others: logisticSchema,
  /** How well confidences of nearest neighbors hold for classes that the fit has not seen. */
  reliability: z.object({
    /** Searches: each query with its class in the gallery, and without it. */
    samples: z.int().positive(),
    /** Expected calibration error; see Reliability. */
    ece: fraction,
    /** Searches by confidence, in bins of equal width; empty ones are left out. */
    bins: z.array(
      z.object({ samples: z.int().positive(), confidence: fraction, accuracy: fraction }),
    ),
  }),
});
/** What turns cosines into probabilities. */
export type Calibration = z.infer<typeof calibrationSchema>;

/** Below this confidence of the nearest neighbor, a search has found no good match. */
export const goodMatch = 0.2;

/** The label of images that nobody labeled. Two of them need not be of one class. */
export const unlabeled = "unlabeled";

/** A neighbor of a query. */
export interface LabeledNeighbor {
  /** Cosine similarity. */
  readonly score: number;
  /** The class, a number or a name. An unlabeled image is a class of its own. */
  readonly label: number | string;
}

/**
 * How far each neighbor is ahead of other classes: its score minus the best score of a neighbor
 * with another label, or minus the last score seen if all have its label. Negative for neighbors
 * whose class is not the nearest's.
 *
 * @param neighbors nearest first
 * @param depth neighbors among which the other label is looked for
 */
export function classGaps(neighbors: readonly LabeledNeighbor[], depth: number): number[] {
  const [first] = neighbors;
  const isOfFirst = ({ label }: LabeledNeighbor, rank: number) =>
    rank === 0 || (label === first!.label && label !== unlabeled);
  const seen = neighbors.slice(0, depth);
  const rival = seen.find((neighbor, rank) => !isOfFirst(neighbor, rank)) ?? seen.at(-1);
  return neighbors.map(
    (neighbor, rank) => neighbor.score - (isOfFirst(neighbor, rank) ? rival! : first!).score,
  );
}

/**
 * The probability that each neighbor is of the query's class, if every other query has no image of
 * its class in the gallery (see CalibrationMeter). Never higher than that of a nearer neighbor.
 *
 * @param neighbors the query's nearest `calibration.depth` or more, nearest first; fewer only if
 * there are no others
 */
export function confidences(
  neighbors: readonly LabeledNeighbor[],
  { depth, gapScale, nearest, others }: Omit<Calibration, "reliability">,
): number[] {
  const gaps = classGaps(neighbors, depth);
  let ceiling = 1;
  return neighbors.map(({ score }, rank) => {
    const { bias, ...weights } = rank === 0 ? nearest : others;
    const gap = gapFeature(gaps[rank]!, gapScale);
    ceiling = Math.min(ceiling, sigmoid(bias + weights.score * score + weights.gap * gap));
    return ceiling;
  });
}

/** Linear for small gaps, logarithmic for large ones, and odd. */
export const gapFeature = (gap: number, gapScale: number): number => Math.asinh(gap / gapScale);
