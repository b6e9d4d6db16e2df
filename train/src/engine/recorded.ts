/** The engine that records loss and gradients into ONNX and runs them with onnxruntime. */
import { parameterTable } from "@plumage/models";
import * as ort from "onnxruntime-node";
import { type StepMetricName, stepMetricNames } from "../objective/index.ts";
import { adamScalars, clipFactor } from "../program/adam.ts";
import type { Engine, TrainingPlan, TrainingRun, TrainingState } from "./engine.ts";
import { type FusedSlot, fusedAdam, globalNorm } from "./fusedAdam.ts";
import { gradientOutput, recordStep } from "./recordedStep.ts";

type Tensors = Record<string, ort.Tensor>;

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
  const { architecture, batch, options } = plan;
  const table = parameterTable(architecture);
  const model = recordStep(plan);
  const session = await ort.InferenceSession.create(model.bytes, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  const wanted = new Set(model.inputs.map((input) => input.name));
  const copied = (values: ReadonlyMap<string, Float32Array<ArrayBuffer>>) =>
    new Map([...values].map(([name, data]) => [name, data.slice()]));
  const [parameters, means, squares] = [copied(state.parameters), copied(state.means), copied(state.squares)];
  let iteration = state.iteration;

  // onnxruntime reads and writes these buffers in place: no step allocates what it keeps.
  const inputs: Tensors = {};
  const outputs: Tensors = {};
  const slots: FusedSlot[] = [];
  const heads: FusedSlot[] = [];
  for (const { name, shape, trained, head } of table) {
    const value = parameters.get(name)!;
    if (wanted.has(name)) inputs[name] = new ort.Tensor("float32", value, shape);
    if (!trained) continue;
    const gradient = new Float32Array(value.length);
    outputs[gradientOutput(name)] = new ort.Tensor("float32", gradient, shape);
    const slot = { value, mean: means.get(name)!, square: squares.get(name)!, gradient, decays: shape.length > 1 };
    (head ? heads : slots).push(slot);
  }
  for (const name of stepMetricNames) outputs[name] = new ort.Tensor("float32", new Float32Array(1), []);
  const side = architecture.imageSize;

  return {
    async step({ images, labels }, rate) {
      inputs.images = new ort.Tensor("uint8", images, [batch, side, side, 3]);
      inputs.labels = new ort.Tensor("int32", labels, [batch]);
      await session.run(inputs, outputs);
      const { clipNorm, weightDecay, headRate } = options;
      const gradients = [...slots, ...heads].map((slot) => slot.gradient);
      const scale = clipNorm > 0 ? clipFactor(globalNorm(gradients), clipNorm) : 1;
      fusedAdam(slots, scale, adamScalars(iteration, rate, weightDecay));
      fusedAdam(heads, scale, adamScalars(iteration, rate * headRate, weightDecay));
      iteration++;
      const metrics = stepMetricNames.map((name) => [name, (outputs[name]!.data as Float32Array)[0]!] as const);
      return Object.fromEntries(metrics) as Record<StepMetricName, number>;
    },
    state: async () => ({ iteration, parameters, means, squares }),
    close: () => session.release(),
  };
}
