/** A run whose parameters, gradients and Adam's state are in host memory. */
import type { ParameterValues } from "@plumage/models";
import { clipFactor } from "../../program/adam.ts";
import { partScalars } from "../../program/partScalars.ts";
import { splitParameters } from "../../program/trained.ts";
import type { TrainingPlan, TrainingRun, TrainingState } from "../engine.ts";
import { adamMemory } from "./adam/adamMemory.ts";
import { microBatchGradients, type OpenSession, wholeBatchGradients } from "./hostGradients.ts";
import { fromStepOrder, toStepOrder } from "./models/filterOrder.ts";

export async function startHostRun(
  plan: TrainingPlan,
  state: TrainingState,
  open: OpenSession,
): Promise<TrainingRun> {
  const { architecture, batch, options, microBatch = batch } = plan;
  const parameters = toStepOrder(architecture, state.parameters);
  const expAvg = toStepOrder(architecture, state.expAvg);
  const expAvgSq = toStepOrder(architecture, state.expAvgSq);
  const gradients: ParameterValues = new Map();
  const { trained } = splitParameters(architecture, options);
  // onnxruntime reads parameters and writes gradients in Adam's memory, so a step copies nothing.
  const adam = adamMemory(trained.map(({ name }) => parameters.get(name)!.length));
  trained.forEach(({ name }, i) => {
    const slot = adam.slots[i]!;
    for (const [values, view] of [
      [parameters, slot.value] as const,
      [expAvg, slot.expAvg] as const,
      [expAvgSq, slot.expAvgSq] as const,
    ]) {
      view.set(values.get(name)!);
      values.set(name, view);
    }
    gradients.set(name, slot.gradient);
  });
  const memory = { parameters, gradients };
  const program =
    microBatch < batch
      ? await microBatchGradients(plan, memory, open, microBatch)
      : await wholeBatchGradients(plan, memory, open);
  let iteration = state.iteration;

  return {
    async step(images, rate) {
      const metrics = await program.run(images);
      const { clipNorm } = options;
      const scale = clipNorm > 0 ? clipFactor(adam.gradientNorm(), clipNorm) : 1;
      const scalars = partScalars(options, iteration, rate);
      trained.forEach(({ shape, part }, i) => {
        adam.update(adam.slots[i]!, scale, scalars[part], shape.length > 1);
      });
      iteration++;
      return metrics;
    },
    state: async () => ({
      iteration,
      parameters: fromStepOrder(architecture, parameters),
      expAvg: fromStepOrder(architecture, expAvg),
      expAvgSq: fromStepOrder(architecture, expAvgSq),
    }),
    close: () => program.close(),
  };
}
