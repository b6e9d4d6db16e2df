/**
 * Learning-rate schedules. Milestones are shares of the run, so that any length keeps the shape.
 */

interface Warmup {
  /** The highest learning rate. */
  readonly rate: number;
  /** Iterations over which the rate rises linearly to its highest value. */
  readonly warmup: number;
}

/**
 * step: multiplies the rate by `factor` at each milestone (torch's MultiStepLR). cosine: anneals it
 * to zero (Loshchilov and Hutter 2017, arXiv 1608.03983).
 */
export type Schedule =
  | (Warmup & {
      readonly kind: "step";
      readonly milestones: readonly number[];
      readonly factor: number;
    })
  | (Warmup & { readonly kind: "cosine" });

/** The learning rate of an iteration, counted from 0, in a run of `iterations`. */
export function learningRate(schedule: Schedule, iteration: number, iterations: number): number {
  const warmup = Math.min(1, (iteration + 1) / (schedule.warmup + 1));
  const progress = iteration / iterations;
  if (schedule.kind === "cosine")
    return schedule.rate * warmup * (0.5 + 0.5 * Math.cos(Math.PI * progress));
  const passed = schedule.milestones.filter((milestone) => progress >= milestone).length;
  return schedule.rate * warmup * schedule.factor ** passed;
}
