/** Logistic regression on a few features. */

/** P(outcome) = 1 / (1 + exp(-(bias + sum of weights[i] * feature i))). */
export interface Logistic {
  readonly bias: number;
  /** One for each feature; never negative. */
  readonly weights: readonly number[];
}

/** 1 / (1 + exp(-x)) */
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const maxSteps = 50;
/** The gradient per sample at which Newton's method has converged. */
const tolerance = 1e-9;

/**
 * Fits P(outcome | features) by maximum likelihood, with Newton's method. Outcomes are smoothed as
 * by Platt 1999, "Probabilistic Outputs for Support Vector Machines", section 2.2: with (n + 1) /
 * (n + 2) for n positive outcomes, and 1 / (n + 2) for n negative ones, weights stay finite even if
 * the outcomes are separable.
 *
 * Weights are never negative: a feature whose weight would be is left out, and so the probability
 * never falls as a feature rises.
 *
 * @param features of each sample, all of one length
 * @param outcomes one for each sample; both outcomes must occur
 */
export function fitLogistic(
  features: readonly (readonly number[])[],
  outcomes: readonly boolean[],
): Logistic {
  const names = features[0]!.map((_, name) => name);
  const scaling = names.map((name) => meanAndDeviation(features.map((each) => each[name]!)));
  const positives = outcomes.filter(Boolean).length;
  const negatives = outcomes.length - positives;
  const targets = outcomes.map((is) =>
    is ? (positives + 1) / (positives + 2) : 1 / (negatives + 2),
  );
  let used = names.filter((name) => scaling[name]!.deviation > 0);
  for (;;) {
    const rows = features.map((each) => [
      1,
      ...used.map((name) => (each[name]! - scaling[name]!.mean) / scaling[name]!.deviation),
    ]);
    const [bias = 0, ...fitted] = newton(rows, targets);
    const falling = used.filter((_, i) => fitted[i]! < 0);
    if (falling.length > 0) {
      used = used.filter((name) => !falling.includes(name));
      continue;
    }
    const weights = names.map((name) =>
      used.includes(name) ? fitted[used.indexOf(name)]! / scaling[name]!.deviation : 0,
    );
    const shift = weights.reduce((sum, weight, name) => sum + weight * scaling[name]!.mean, 0);
    return { bias: bias - shift, weights };
  }
}

function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / values.length) };
}

/** Minimizes the cross entropy; halves steps that would increase it. */
function newton(rows: readonly (readonly number[])[], targets: readonly number[]): number[] {
  const size = rows[0]!.length;
  let weights = new Array<number>(size).fill(0);
  let loss = crossEntropy(rows, targets, weights);
  for (let step = 0; step < maxSteps; step++) {
    const gradient = new Array<number>(size).fill(0);
    const curvature = gradient.map(() => new Array<number>(size).fill(0));
    for (const [at, row] of rows.entries()) {
      const p = sigmoid(product(row, weights));
      for (let i = 0; i < size; i++) {
        gradient[i]! += (p - targets[at]!) * row[i]!;
        for (let j = 0; j < size; j++) curvature[i]![j]! += p * (1 - p) * row[i]! * row[j]!;
      }
    }
    if (Math.hypot(...gradient) < tolerance * rows.length) break;
    for (let i = 0; i < size; i++) curvature[i]![i]! += tolerance * rows.length;
    const direction = solve(curvature, gradient);
    let [length, next, nextLoss] = [1, weights, Infinity];
    for (; nextLoss > loss && length > 1e-6; length /= 2) {
      next = weights.map((weight, i) => weight - length * direction[i]!);
      nextLoss = crossEntropy(rows, targets, next);
    }
    if (nextLoss > loss) break;
    [weights, loss] = [next, nextLoss];
  }
  return weights;
}

/** Written with log1p, so that large margins do not overflow. */
function crossEntropy(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  weights: readonly number[],
): number {
  let sum = 0;
  for (const [at, row] of rows.entries()) {
    const x = product(row, weights);
    sum += Math.max(x, 0) - targets[at]! * x + Math.log1p(Math.exp(-Math.abs(x)));
  }
  return sum;
}

const product = (a: readonly number[], b: readonly number[]): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** Solves a positive definite system by elimination, which needs no pivots. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  const size = rows.length;
  for (let pivot = 0; pivot < size; pivot++) {
    for (let row = pivot + 1; row < size; row++) {
      const factor = rows[row]![pivot]! / rows[pivot]![pivot]!;
      for (let i = pivot; i <= size; i++) rows[row]![i]! -= factor * rows[pivot]![i]!;
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let row = size - 1; row >= 0; row--) {
    let rest = rows[row]![size]!;
    for (let i = row + 1; i < size; i++) rest -= rows[row]![i]! * solution[i]!;
    solution[row] = rest / rows[row]![row]!;
  }
  return solution;
}
