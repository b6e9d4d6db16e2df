/** Images that look mislabeled: their nearest neighbors are of another label. */
import { type LabeledNeighbor, unlabeled } from "./confidence.ts";

/** Neighbors that vote. */
const maxVoters = 10;

/**
 * A vote counts exp(score / temperature): Wu, Xiong, Yu, Lin 2018, "Unsupervised Feature Learning
 * via Non-Parametric Instance Discrimination" (arXiv 1805.01978), section 3.4 and its value.
 */
const temperature = 0.07;

/** What the neighbors of an item say about its label. */
export interface LabelSuspicion {
  /** The label that most votes are for. */
  readonly suggested: string;
  /** Share of the votes for it, from 0 to 1. One vote of the nearest's weight is for no label. */
  readonly votes: number;
  /** The share for the label that the item has. */
  readonly ownVotes: number;
}

/**
 * Whether an item looks mislabeled: a leave-one-out vote of its ten nearest labeled neighbors (Deep
 * k-NN for Noisy Labels, Bahri, Jiang, Gupta 2020, arXiv 2004.12289), weighted by similarity. No
 * more neighbors vote than others have its label: those of a small class would be outvoted.
 *
 * @param label of the item
 * @param neighbors its nearest, without itself, nearest first; unlabeled ones do not vote
 * @param classSize items with its label, itself included
 * @returns undefined if another label does not win, if the item is unlabeled, or if no other item
 *   has its label
 */
export function suspectLabel(
  label: string,
  neighbors: readonly (LabeledNeighbor & { readonly label: string })[],
  classSize: number,
): LabelSuspicion | undefined {
  if (label === unlabeled || classSize < 2) return undefined;
  const voters = neighbors
    .filter((neighbor) => neighbor.label !== unlabeled)
    .slice(0, Math.min(maxVoters, classSize - 1));
  const [nearest] = voters;
  if (!nearest) return undefined;
  const votes = new Map<string, number>();
  // Few voters are less sure of the same than many.
  let total = 1;
  for (const { label, score } of voters) {
    const weight = Math.exp((score - nearest.score) / temperature);
    votes.set(label, (votes.get(label) ?? 0) + weight);
    total += weight;
  }
  // Of equal ones, the first: that of the nearest.
  const [suggested, most] = [...votes].reduce((best, each) => (each[1] > best[1] ? each : best));
  const own = votes.get(label) ?? 0;
  if (most <= own) return undefined;
  return { suggested, votes: most / total, ownVotes: own / total };
}

/**
 * How suspicious an item is: the margin between the two shares, by which confident learning ranks
 * when it prunes by noise rate (Northcutt, Jiang, Chuang 2021, arXiv 1911.00068).
 */
export const suspicionMargin = ({ votes, ownVotes }: LabelSuspicion): number => votes - ownVotes;
