/** The engine that records loss and gradients into ONNX and runs them with onnxruntime. */
import type { RecordedModel } from "@plumage/export/recorder";
import { type ParameterValues, parameterTable } from "@plumage/models";
import * as ort from "onnxruntime-node";
import { adamScalars, clipFactor } from "../../program/adam.ts";
import type { Engine, TrainingPlan, TrainingRun, TrainingState } from "../engine.ts";
import { adamMemory } from "./adam/adamMemory.ts";
import { microBatches, wholeBatch } from "./hostGradients.ts";
import { fromStepOrder, toStepOrder } from "./models/filterOrder.ts";
import { startResident } from "./resident.ts";

/** onnxruntime's execution providers, and how a person calls what they run on. */
const providers = { cpu: "the CPU", cuda: "CUDA", webgpu: "WebGPU" } as const;
export type Provider = keyof typeof providers;

/**
 * @param threads processor threads; a GPU provider leaves to the processor what it has no kernel
 * for
 * @param provider onnxruntime's execution provider
 */
export function recordedEngine(threads: number, provider: Provider = "cpu"): Engine {
  return {
    description: `onnxruntime ${ort.env.versions.node ?? ""} on ${providers[provider]}, ${threads} threads`,
    start: (plan, state) => {
      const open = (model: RecordedModel, locations: Record<string, "cpu" | "gpu-buffer"> = {}) =>
        ort.InferenceSession.create(model.bytes, {
          executionProviders: [provider],
          intraOpNumThreads: threads,
          logSeverityLevel: 3,
          preferredOutputLocation: locations,
        });
      // Of onnxruntime-node's providers WebGPU alone lets tensors stay on the device.
      if (provider !== "webgpu") return startRecorded(plan, state, open);
      return startResident(plan, state, (model, toHost) => {
        const location = (name: string) => (toHost.includes(name) ? "cpu" : "gpu-buffer");
        return open(
          model,
          Object.fromEntries(model.outputs.map(({ name }) => [name, location(name)])),
        );
      });
    },
  };
}

async function startRecorded(
  plan: TrainingPlan,
  state: TrainingState,
  open: (model: RecordedModel) => Promise<ort.InferenceSession>,
): Promise<TrainingRun> {
  const { architecture, batch, options, microBatch = batch } = plan;
  const parameters = toStepOrder(architecture, state.parameters);
  const expAvg = toStepOrder(architecture, state.expAvg);
  const expAvgSq = toStepOrder(architecture, state.expAvgSq);
  const gradients: ParameterValues = new Map();
  const trained = parameterTable(architecture).filter((spec) => spec.trained);
  const adam = adamMemory(trained.map(({ name }) => parameters.get(name)!.length));
  trained.forEach(({ name }, i) => {
    const slot = adam.slots[i]!;
    for (const [values, place] of [
      [parameters, slot.value] as const,
      [expAvg, slot.expAvg] as const,
      [expAvgSq, slot.expAvgSq] as const,
    ]) {
      place.set(values.get(name)!);
      values.set(name, place);
    }
    gradients.set(name, slot.gradient);
  });
  const program =
    microBatch < batch
      ? await microBatches(plan, { parameters, gradients }, open, microBatch)
      : await wholeBatch(plan, { parameters, gradients }, open);
  let iteration = state.iteration;

  return {
    async step(images, rate) {
      const metrics = await program.run(images);
      const { clipNorm, weightDecay, headRate } = options;
      const scale = clipNorm > 0 ? clipFactor(adam.gradientNorm(), clipNorm) : 1;
      const scalars = adamScalars(iteration, rate, weightDecay);
      const headScalars = adamScalars(iteration, rate * headRate, weightDecay);
      trained.forEach(({ shape, head }, i) => {
        adam.update(adam.slots[i]!, scale, head ? headScalars : scalars, shape.length > 1);
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
