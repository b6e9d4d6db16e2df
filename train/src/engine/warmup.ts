/**
 * Warm-up of the new layers: for the first steps the backbone is frozen, so that the gradients of
 * random heads and proxies do not destroy pretrained features (as in Proxy-Anchor's code, arXiv
 * 2003.13911).
 */
import type { Engine, TrainingPlan, TrainingRun, TrainingState } from "./engine.ts";

/**
 * Starts or resumes a run that freezes the backbone until `plan.options.warmupSteps` steps are
 * done. It then continues with another program, which trains what the plan says.
 */
export async function startWithWarmup(
  engine: Engine,
  plan: TrainingPlan,
  state: TrainingState,
): Promise<TrainingRun> {
  const { warmupSteps = 0 } = plan.options;
  if (state.iteration >= warmupSteps) return engine.start(plan, state);
  const options = { ...plan.options, freeze: "layer4" as const };
  let run = await engine.start({ ...plan, options }, state);
  let iteration = state.iteration;
  return {
    async step(batch, rate) {
      if (iteration === warmupSteps) {
        const warm = await run.state();
        await run.close();
        run = await engine.start(plan, warm);
      }
      const metrics = await run.step(batch, rate);
      iteration++;
      return metrics;
    },
    state: () => run.state(),
    close: () => run.close(),
  };
}
