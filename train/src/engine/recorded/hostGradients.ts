/**
 * What computes loss and gradients for the recorded engine: the whole batch at once, or in
 * micro-batches.
 */
import type { RecordedModel } from "@plumage/export/recorder";
import { type ParameterValues, parameterTable } from "@plumage/models";
import * as ort from "onnxruntime-node";
import { type StepMetricName, stepMetricNames } from "../../objective/index.ts";
import { isClassifier } from "../../program/parts.ts";
import type { Batch, TrainingPlan } from "../engine.ts";
import { batchViews } from "./batchViews.ts";
import { stepShape } from "./models/filterOrder.ts";
import { recordParts } from "./models/parts.ts";
import { gradientOutput, recordStep } from "./models/step.ts";

type Tensors = Record<string, ort.Tensor>;
type Open = (model: RecordedModel) => Promise<ort.InferenceSession>;

export interface GradientProgram {
  /**
   * The batch's metrics; the gradients by the parameters as they are now are in the memory that the
   * program was given.
   */
  run(batch: Batch): Promise<Record<StepMetricName, number>>;
  close(): Promise<void>;
}

/**
 * Parameters and gradients by name, in the recorded step's order (filterOrder.ts); onnxruntime
 * reads and writes them in place.
 */
export interface StepMemory {
  readonly parameters: ParameterValues;
  readonly gradients: ParameterValues;
}

/** Parameters as a model's inputs, gradients as its outputs. */
function bind(plan: TrainingPlan, { parameters, gradients }: StepMemory, model: RecordedModel) {
  const wanted = new Set(model.inputs.map(({ name }) => name));
  const written = new Map(model.outputs.map(({ name, shape }) => [name, shape as number[]]));
  const inputs: Tensors = {};
  const outputs: Tensors = {};
  for (const { name, shape } of parameterTable(plan.architecture)) {
    if (wanted.has(name))
      inputs[name] = new ort.Tensor("float32", parameters.get(name)!, stepShape(shape));
    const output = gradientOutput(name);
    if (written.has(output))
      outputs[output] = new ort.Tensor("float32", gradients.get(name)!, written.get(output)!);
  }
  if (written.has("loss")) {
    for (const name of stepMetricNames)
      outputs[name] = new ort.Tensor("float32", new Float32Array(1), []);
  }
  return { inputs, outputs };
}

/** The metrics among a session's outputs, which must be in host memory. */
export const metricsOf = (outputs: Tensors): Record<StepMetricName, number> =>
  Object.fromEntries(
    stepMetricNames.map((name) => [name, (outputs[name]!.data as Float32Array)[0]!] as const),
  ) as Record<StepMetricName, number>;

/** The step in one piece. */
export async function wholeBatch(
  plan: TrainingPlan,
  memory: StepMemory,
  open: Open,
): Promise<GradientProgram> {
  const model = recordStep(plan);
  const session = await open(model);
  const { inputs, outputs } = bind(plan, memory, model);
  const side = plan.architecture.imageSize;
  return {
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
 * The step in three parts (program/parts.ts): every image goes through the network twice, and
 * memory holds the activations of one micro-batch alone.
 *
 * @param microBatch a divisor of the plan's batch
 */
export async function microBatches(
  plan: TrainingPlan,
  memory: StepMemory,
  open: Open,
  microBatch: number,
): Promise<GradientProgram> {
  const { architecture, batch } = plan;
  const models = recordParts(plan, microBatch);
  const embed = { session: await open(models.embed), ...bind(plan, memory, models.embed) };
  const objective = {
    session: await open(models.objective),
    ...bind(plan, memory, models.objective),
  };
  const first = { session: await open(models.backward), ...bind(plan, memory, models.backward) };
  // The first micro-batch writes the gradients, the others' are written aside and added.
  const parts = new Map(
    [...memory.gradients]
      .filter(([name]) => !isClassifier(name))
      .map(([name, { length }]) => [name, new Float32Array(length)]),
  );
  const others = bind(plan, { parameters: memory.parameters, gradients: parts }, models.backward);

  const views = batchViews(architecture, batch, microBatch);
  Object.assign(objective.inputs, views.features);
  Object.assign(objective.outputs, views.byFeatures);

  return {
    async run({ images, labels }) {
      for (let start = 0; start < batch; start += microBatch) {
        embed.inputs.images = views.images(images, start);
        Object.assign(embed.outputs, views.rows(views.features, start));
        await embed.session.run(embed.inputs, embed.outputs);
      }
      objective.inputs.labels = new ort.Tensor("int32", labels, [batch]);
      await objective.session.run(objective.inputs, objective.outputs);
      for (let start = 0; start < batch; start += microBatch) {
        const { inputs, outputs } = start === 0 ? first : others;
        inputs.images = views.images(images, start);
        Object.assign(inputs, views.rows(views.byFeatures, start));
        await first.session.run(inputs, outputs);
        if (start > 0) for (const [name, part] of parts) add(memory.gradients.get(name)!, part);
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
