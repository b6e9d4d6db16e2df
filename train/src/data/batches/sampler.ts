/**
 * M-per-class sampling, after pytorch-metric-learning's MPerClassSampler: each batch holds M images
 * of each of its classes.
 */
import { PlumageError, uniform } from "@plumage/models";

export interface Sampler {
  /**
   * Item numbers of a batch, class by class, M of each. A pure function of the seed and the
   * iteration.
   */
  batch(iteration: number): number[];
  /** Number of classes with fewer than M images; some of their images repeat within a batch. */
  readonly smallClasses: number;
}

/**
 * Batches per epoch: as many as hold the data set's number of images, at least one. Classes are
 * sampled equally often, so images of small classes repeat within an epoch and those of large ones
 * may be missing. (MPerClassSampler defaults to 100,000 images, whatever the data set.)
 */
export const batchesPerEpoch = (images: number, batch: number): number =>
  Math.max(1, Math.round(images / batch));

/** A permutation of 0..count-1 that depends on its seeds alone (Fisher-Yates shuffle). */
function shuffled(count: number, ...seeds: number[]): number[] {
  const next = uniform(
    seeds.reduce((mixed, seed) => Math.imul(mixed ^ seed, 0x9e3779b1) + 0x7f4a7c15, 0),
  );
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/**
 * Samples classes in shuffled rounds; the few that do not fill a last batch skip that round. The
 * images of a class are sampled in shuffled cycles, so that all occur equally often.
 *
 * @param classes class number of each item
 * @throws PlumageError "bad-input" if the batch is not a multiple of M, or there are too few
 *   classes
 */
export function mPerClassSampler(
  classes: Int32Array,
  perClass: number,
  batch: number,
  seed: number,
): Sampler {
  const groups = groupByClass(classes);
  const classesPerBatch = batch / perClass;
  if (!Number.isInteger(classesPerBatch)) {
    throw new PlumageError(
      "bad-input",
      `a batch of ${batch} is not a multiple of ${perClass} images per class`,
      `use a multiple of ${perClass}`,
    );
  }
  if (groups.length < classesPerBatch) {
    throw new PlumageError(
      "bad-input",
      `a batch of ${batch} needs ${classesPerBatch} classes, and there are ${groups.length}`,
      `use a batch of at most ${groups.length * perClass}`,
    );
  }
  // Whole batches only, so that no batch samples a class twice.
  const batchesPerRound = Math.floor(groups.length / classesPerBatch);
  let cached: { readonly round: number; readonly order: number[] } | undefined;
  const roundOrder = (round: number): number[] => {
    if (cached?.round !== round) cached = { round, order: shuffled(groups.length, seed, round, 1) };
    return cached.order;
  };
  return {
    smallClasses: groups.filter((group) => group.length < perClass).length,
    batch(iteration) {
      const round = Math.floor(iteration / batchesPerRound);
      const start = (iteration % batchesPerRound) * classesPerBatch;
      return roundOrder(round)
        .slice(start, start + classesPerBatch)
        .flatMap((group) => sampleClass(groups[group]!, perClass, round, seed, group));
    },
  };
}

/** Item numbers of each class, in order of first appearance. */
function groupByClass(classes: Int32Array): number[][] {
  const groups = new Map<number, number[]>();
  classes.forEach((label, item) => {
    const group = groups.get(label);
    if (group) group.push(item);
    else groups.set(label, [item]);
  });
  return [...groups.values()];
}

/**
 * The M images of a class in the given round: the next M of a shuffled cycle. A new cycle starts
 * only where a round ends with the last image of the old one; a round across two cycles could
 * sample an image twice, a positive pair without information.
 */
function sampleClass(
  group: readonly number[],
  perClass: number,
  round: number,
  seed: number,
  salt: number,
): number[] {
  const roundsPerCycle = group.length / greatestCommonDivisor(group.length, perClass);
  const cycle = shuffled(group.length, seed, salt, Math.floor(round / roundsPerCycle), 2);
  const start = (round % roundsPerCycle) * perClass;
  return Array.from({ length: perClass }, (_, i) => group[cycle[(start + i) % group.length]!]!);
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
