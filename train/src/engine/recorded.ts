/** The engine that records loss and gradients into ONNX and runs them with onnxruntime. */
import type { RecordedModel } from "@plumage/export";
import { parameterTable } from "@plumage/models";
import * as ort from "onnxruntime-node";
import { adamScalars, clipFactor } from "../program/adam.ts";
import type { Engine, TrainingPlan, TrainingRun, TrainingState } from "./engine.ts";
import { type FusedSlot, fusedAdam, globalNorm } from "./fusedAdam.ts";
import { microBatches, wholeBatch } from "./gradients.ts";

/** onnxruntime's execution providers, and how a person calls what they run on. */
const providers = { cpu: "the CPU", cuda: "CUDA", webgpu: "WebGPU" } as const;
export type Provider = keyof typeof providers;

/**
 * @param threads processor threads; a GPU provider leaves to the processor what it has no kernel for
 * @param provider onnxruntime's execution provider
 */
export function recordedEngine(threads: number, provider: Provider = "cpu"): Engine {
  return {
    description: `onnxruntime ${ort.env.versions.node ?? ""} on ${providers[provider]}, ${threads} threads`,
    start: (plan, state) => startRecorded(plan, state, threads, provider),
  };
}

async function startRecorded(
  plan: TrainingPlan,
  state: TrainingState,
  threads: number,
  provider: Provider,
): Promise<TrainingRun> {
  const { architecture, batch, options, microBatch = batch } = plan;
  const copied = (values: ReadonlyMap<string, Float32Array<ArrayBuffer>>) =>
    new Map([...values].map(([name, data]) => [name, data.slice()]));
  const [parameters, means, squares] = [copied(state.parameters), copied(state.means), copied(state.squares)];
  const open = (model: RecordedModel) =>
    ort.InferenceSession.create(model.bytes, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      logSeverityLevel: 3,
    });
  const program =
    microBatch < batch
      ? await microBatches(plan, parameters, open, microBatch)
      : await wholeBatch(plan, parameters, open);
  let iteration = state.iteration;

  const slots: FusedSlot[] = [];
  const heads: FusedSlot[] = [];
  for (const { name, shape, trained, head } of parameterTable(architecture)) {
    if (!trained) continue;
    const slot = {
      value: parameters.get(name)!,
      mean: means.get(name)!,
      square: squares.get(name)!,
      gradient: program.gradients.get(name)!,
      decays: shape.length > 1,
    };
    (head ? heads : slots).push(slot);
  }
  const gradients = [...slots, ...heads].map((slot) => slot.gradient);

  return {
    async step(pictures, rate) {
      const metrics = await program.run(pictures);
      const { clipNorm, weightDecay, headRate } = options;
      const scale = clipNorm > 0 ? clipFactor(globalNorm(gradients), clipNorm) : 1;
      fusedAdam(slots, scale, adamScalars(iteration, rate, weightDecay));
      fusedAdam(heads, scale, adamScalars(iteration, rate * headRate, weightDecay));
      iteration++;
      return metrics;
    },
    state: async () => ({ iteration, parameters, means, squares }),
    close: () => program.close(),
  };
}
