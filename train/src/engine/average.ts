/**
 * An exponential moving average of the weights, which often generalizes better than the last ones
 * (Polyak and Juditsky 1992; Izmailov et al. 2018, arXiv 1803.05407).
 */
import type { ParameterValues } from "@plumage/models";
import type { Engine, TrainingPlan, TrainingRun, TrainingState } from "./engine.ts";
import { startWithWarmup } from "./warmup.ts";

/** Steps between updates of the average, as engines have to copy the weights for each. */
const interval = 10;

/**
 * Starts or resumes a run that also averages its weights with the decay `plan.options.ema`. Its
 * state then has an `average`.
 */
export async function startWithAverage(
  engine: Engine,
  plan: TrainingPlan,
  state: TrainingState,
): Promise<TrainingRun> {
  const run = await startWithWarmup(engine, plan, state);
  const { ema } = plan.options;
  if (!ema) return run;
  const average: ParameterValues = new Map(
    [...(state.average ?? state.parameters)].map(([name, values]) => [name, values.slice()]),
  );
  let iteration = state.iteration;
  return {
    async step(batch, rate) {
      const metrics = await run.step(batch, rate);
      iteration++;
      if (iteration % interval === 0) {
        const { parameters } = await run.state();
        move(average, parameters, 1 - decayAt(iteration, ema) ** interval);
      }
      return metrics;
    },
    state: async () => ({ ...(await run.state()), average }),
    close: () => run.close(),
  };
}

/**
 * A lower decay in the first steps, so that the initial weights do not dominate, as in TensorFlow's
 * `ExponentialMovingAverage(decay, num_updates)`.
 */
const decayAt = (iteration: number, decay: number): number =>
  Math.min(decay, (1 + iteration) / (10 + iteration));

/** Moves the average a share of the way to the values. */
function move(average: ParameterValues, values: ParameterValues, share: number): void {
  for (const [name, mean] of average) {
    const current = values.get(name)!;
    for (let i = 0; i < mean.length; i++) mean[i]! += share * (current[i]! - mean[i]!);
  }
}

/** The parameters to evaluate and export. */
export const evaluatedParameters = ({ average, parameters }: TrainingState): ParameterValues =>
  average ?? parameters;
