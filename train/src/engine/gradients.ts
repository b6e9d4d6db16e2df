/** What computes loss and gradients for the recorded engine: the whole batch at once, or in micro-batches. */
import type { RecordedModel } from "@plumage/export";
import { featureChannels, type ParameterValues, parameterTable } from "@plumage/models";
import * as ort from "onnxruntime-node";
import { type StepMetricName, stepMetricNames } from "../objective/index.ts";
import type { Batch, TrainingPlan } from "./engine.ts";
import { recordParts } from "./recordedParts.ts";
import { gradientOutput, recordStep } from "./recordedStep.ts";

type Tensors = Record<string, ort.Tensor>;
type Open = (model: RecordedModel) => Promise<ort.InferenceSession>;

export interface GradientProgram {
  /** By the name of the trained parameter, in torch's layout; run() writes them in place. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
  /** The batch's metrics, and its gradients by the parameters as they are now. */
  run(batch: Batch): Promise<Record<StepMetricName, number>>;
  close(): Promise<void>;
}

/** Parameters as a model's inputs, and arrays for its gradients as its outputs: onnxruntime reads and writes them in place. */
function bind(plan: TrainingPlan, parameters: ParameterValues, model: RecordedModel) {
  const wanted = new Set(model.inputs.map(({ name }) => name));
  const written = new Set(model.outputs.map(({ name }) => name));
  const inputs: Tensors = {};
  const outputs: Tensors = {};
  const gradients = new Map<string, Float32Array>();
  for (const { name, shape } of parameterTable(plan.architecture)) {
    const value = parameters.get(name)!;
    if (wanted.has(name)) inputs[name] = new ort.Tensor("float32", value, shape);
    if (!written.has(gradientOutput(name))) continue;
    const gradient = new Float32Array(value.length);
    gradients.set(name, gradient);
    outputs[gradientOutput(name)] = new ort.Tensor("float32", gradient, shape);
  }
  if (written.has("loss")) {
    for (const name of stepMetricNames) outputs[name] = new ort.Tensor("float32", new Float32Array(1), []);
  }
  return { inputs, outputs, gradients };
}

const metricsOf = (outputs: Tensors): Record<StepMetricName, number> =>
  Object.fromEntries(
    stepMetricNames.map((name) => [name, (outputs[name]!.data as Float32Array)[0]!] as const),
  ) as Record<StepMetricName, number>;

/** The step in one piece. */
export async function wholeBatch(
  plan: TrainingPlan,
  parameters: ParameterValues,
  open: Open,
): Promise<GradientProgram> {
  const model = recordStep(plan);
  const session = await open(model);
  const { inputs, outputs, gradients } = bind(plan, parameters, model);
  const side = plan.architecture.imageSize;
  return {
    gradients,
    async run({ images, labels }) {
      inputs.images = new ort.Tensor("uint8", images, [plan.batch, side, side, 3]);
      inputs.labels = new ort.Tensor("int32", labels, [plan.batch]);
      await session.run(inputs, outputs);
      return metricsOf(outputs);
    },
    close: () => session.release(),
  };
}

/**
 * The step in three parts (program/parts.ts): every image goes through the network twice, and memory holds the activations
 * of one micro-batch alone.
 *
 * @param microBatch a divisor of the plan's batch
 */
export async function microBatches(
  plan: TrainingPlan,
  parameters: ParameterValues,
  open: Open,
  microBatch: number,
): Promise<GradientProgram> {
  const { architecture, batch } = plan;
  const models = recordParts(plan, microBatch);
  const embed = { session: await open(models.embed), ...bind(plan, parameters, models.embed) };
  const objective = { session: await open(models.objective), ...bind(plan, parameters, models.objective) };
  const first = { session: await open(models.backward), ...bind(plan, parameters, models.backward) };
  // The first micro-batch writes the gradients, the others' are written aside and added.
  const others = bind(plan, parameters, models.backward);

  const widths = { embeddings: architecture.dimension, pooled: featureChannels(architecture) };
  const kinds = ["embeddings", "pooled"] as const;
  const features = Object.fromEntries(kinds.map((kind) => [kind, new Float32Array(batch * widths[kind])]));
  const byFeatures = Object.fromEntries(kinds.map((kind) => [kind, new Float32Array(batch * widths[kind])]));
  for (const kind of kinds) {
    objective.inputs[kind] = new ort.Tensor("float32", features[kind]!, [batch, widths[kind]]);
    objective.outputs[gradientOutput(kind)] = new ort.Tensor("float32", byFeatures[kind]!, [batch, widths[kind]]);
  }
  /** One micro-batch's rows of a whole batch's matrix. */
  const rows = (matrix: Float32Array, kind: (typeof kinds)[number], start: number) => {
    const part = matrix.subarray(start * widths[kind], (start + microBatch) * widths[kind]);
    return new ort.Tensor("float32", part, [microBatch, widths[kind]]);
  };
  const side = architecture.imageSize;
  const picturesOf = (images: Uint8Array, start: number) => {
    const bytes = side * side * 3;
    const part = images.subarray(start * bytes, (start + microBatch) * bytes);
    return new ort.Tensor("uint8", part, [microBatch, side, side, 3]);
  };

  return {
    gradients: new Map([...first.gradients, ...objective.gradients]),
    async run({ images, labels }) {
      for (let start = 0; start < batch; start += microBatch) {
        embed.inputs.images = picturesOf(images, start);
        for (const kind of kinds) embed.outputs[kind] = rows(features[kind]!, kind, start);
        await embed.session.run(embed.inputs, embed.outputs);
      }
      objective.inputs.labels = new ort.Tensor("int32", labels, [batch]);
      await objective.session.run(objective.inputs, objective.outputs);
      for (let start = 0; start < batch; start += microBatch) {
        const { inputs, outputs, gradients } = start === 0 ? first : others;
        inputs.images = picturesOf(images, start);
        for (const kind of kinds) inputs[gradientOutput(kind)] = rows(byFeatures[kind]!, kind, start);
        await first.session.run(inputs, outputs);
        if (start > 0) for (const [name, part] of gradients) add(first.gradients.get(name)!, part);
      }
      return metricsOf(objective.outputs);
    },
    async close() {
      for (const { session } of [embed, objective, first]) await session.release();
    },
  };
}

function add(sum: Float32Array, part: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += part[i]!;
}
