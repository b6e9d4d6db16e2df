/**
 * The learning rate over a run; milestones are shares of the budget, so that a shorter run keeps
 * the shape.
 */

interface Warmup {
  /** The highest rate. */
  readonly rate: number;
  /** Iterations over which the rate rises linearly to it. */
  readonly warmup: number;
}

/**
 * step: times `factor` at each milestone (torch's MultiStepLR). cosine: down to zero (Loshchilov
 * and Hutter 2017).
 */
export type Schedule =
  | (Warmup & {
      readonly kind: "step";
      readonly milestones: readonly number[];
      readonly factor: number;
    })
  | (Warmup & { readonly kind: "cosine" });

/** The rate of an iteration, counted from 0. */
export function learningRate(schedule: Schedule, iteration: number, iterations: number): number {
  const rising = Math.min(1, (iteration + 1) / (schedule.warmup + 1));
  const done = iteration / iterations;
  if (schedule.kind === "cosine")
    return schedule.rate * rising * (0.5 + 0.5 * Math.cos(Math.PI * done));
  const passed = schedule.milestones.filter((milestone) => done >= milestone).length;
  return schedule.rate * rising * schedule.factor ** passed;
}
