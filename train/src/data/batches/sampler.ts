/**
 * M-per-class sampling (pytorch-metric-learning's MPerClassSampler): every batch holds M images of
 * each of its classes.
 */
import { PlumageError, uniform } from "@plumage/models";

export interface Sampler {
  /**
   * Item numbers of batch `iteration`, class by class, M of each. A pure function of the seed and
   * the iteration.
   */
  batch(iteration: number): number[];
  /** Classes with fewer than M images: some of these come twice in a batch. */
  readonly smallClasses: number;
}

/**
 * Batches of one pass, or epoch: as many as hold the data set's number of images, at least one.
 * Classes are shown equally often, so those of few images come round more than once in it and those
 * of many not wholly. (pytorch-metric-learning's sampler calls 100,000 images a pass, whatever the
 * data set.)
 */
export const batchesInPass = (images: number, batch: number): number =>
  Math.max(1, Math.round(images / batch));

/** An order of 0..count-1 that depends on nothing but its seeds (Fisher and Yates's shuffle). */
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
 * Classes come in shuffled rounds; the few that do not fill a last batch sit that round out. The
 * images of a class come in shuffled turns, so that all of them are seen equally often.
 *
 * @param classes class number of each item
 * @throws PlumageError "bad-input" if the batch is not whole classes, or there are too few of them
 */
export function mPerClassSampler(
  classes: Int32Array,
  perClass: number,
  batch: number,
  seed: number,
): Sampler {
  const members = new Map<number, number[]>();
  classes.forEach((label, item) => {
    const known = members.get(label);
    if (known) known.push(item);
    else members.set(label, [item]);
  });
  const groups = [...members.values()];
  const perBatch = batch / perClass;
  if (!Number.isInteger(perBatch)) {
    throw new PlumageError(
      "bad-input",
      `a batch of ${batch} does not hold ${perClass} images of each class`,
      `use a multiple of ${perClass}`,
    );
  }
  if (groups.length < perBatch) {
    const hint = `use a batch of at most ${groups.length * perClass}`;
    throw new PlumageError(
      "bad-input",
      `a batch of ${batch} needs ${perBatch} classes and there are ${groups.length}`,
      hint,
    );
  }
  // A round is cut to whole batches, so that no batch holds a class twice.
  const batchesInRound = Math.floor(groups.length / perBatch);
  const rounds = new Map<number, number[]>();
  const roundOrder = (round: number): number[] => {
    const found = rounds.get(round);
    if (found) return found;
    rounds.clear();
    const order = shuffled(groups.length, seed, round, 1);
    rounds.set(round, order);
    return order;
  };
  return {
    smallClasses: groups.filter((group) => group.length < perClass).length,
    batch(iteration) {
      const round = Math.floor(iteration / batchesInRound);
      const start = (iteration % batchesInRound) * perBatch;
      return roundOrder(round)
        .slice(start, start + perBatch)
        .flatMap((group) => visit(groups[group]!, perClass, round, seed, group));
    },
  };
}

/**
 * The M images that a class shows in its round-th visit: the next M of its images in a shuffled
 * circle. A new circle begins only where a visit ends with the last image of the old one; a visit
 * over two circles could show one image twice, which is a positive pair that teaches nothing.
 */
function visit(
  group: readonly number[],
  perClass: number,
  round: number,
  seed: number,
  salt: number,
): number[] {
  const visitsInCircle = group.length / greatestCommonDivisor(group.length, perClass);
  const circle = shuffled(group.length, seed, salt, Math.floor(round / visitsInCircle), 2);
  const start = (round % visitsInCircle) * perClass;
  return Array.from({ length: perClass }, (_, i) => group[circle[(start + i) % group.length]!]!);
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
