/**
 * Computes loss and gradients in host memory: for the whole batch at once, or in micro-batches.
 */
import type { RecordedModel } from "@plumage/export/recorder";
import { type ParameterValues, parameterTable } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import { type StepMetricName, stepMetricNames } from "../../objective/index.ts";
import { isOfObjective } from "../../program/parts.ts";
import { splitParameters } from "../../program/trained.ts";
import type { Batch, TrainingPlan } from "../engine.ts";
import { batchInputs, batchViews } from "./batchViews.ts";
import { stepShape } from "./models/filterOrder.ts";
import { recordParts } from "./models/parts.ts";
import { gradientOutput, recordStep } from "./models/step.ts";

type Tensors = Record<string, ort.Tensor>;
export type OpenSession = (model: RecordedModel) => Promise<ort.InferenceSession>;

export interface HostGradients {
  /** Computes the batch's metrics. Writes the gradients to the memory that it was created with. */
  run(batch: Batch): Promise<Record<StepMetricName, number>>;
  close(): Promise<void>;
}

/**
 * Parameters and gradients by name, in the recorded step's order (filterOrder.ts). onnxruntime
 * reads and writes them in place.
 */
export interface StepMemory {
  readonly parameters: ParameterValues;
  readonly gradients: ParameterValues;
}

/** Binds parameters to a model's inputs, and gradients and metrics to its outputs. */
function bind(plan: TrainingPlan, { parameters, gradients }: StepMemory, model: RecordedModel) {
  const inputNames = new Set(model.inputs.map(({ name }) => name));
  const outputShapes = new Map(model.outputs.map(({ name, shape }) => [name, shape as number[]]));
  const inputs: Tensors = {};
  const outputs: Tensors = {};
  for (const { name, shape } of parameterTable(plan.architecture)) {
    if (inputNames.has(name))
      inputs[name] = new ort.Tensor("float32", parameters.get(name)!, stepShape(shape));
    const output = gradientOutput(name);
    const outputShape = outputShapes.get(output);
    if (outputShape) outputs[output] = new ort.Tensor("float32", gradients.get(name)!, outputShape);
  }
  if (outputShapes.has("loss")) {
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

/** Runs the step as one model. */
export async function wholeBatchGradients(
  plan: TrainingPlan,
  memory: StepMemory,
  open: OpenSession,
): Promise<HostGradients> {
  const model = recordStep(plan);
  const session = await open(model);
  const { inputs, outputs } = bind(plan, memory, model);
  return {
    async run(batch) {
      await session.run({ ...inputs, ...batchInputs(plan, batch) }, outputs);
      return metricsOf(outputs);
    },
    close: () => session.release(),
  };
}

/**
 * Runs the step in three parts (program/parts.ts). Each image passes through the network twice,
 * and memory holds the activations of only one micro-batch.
 *
 * @param microBatch a divisor of the plan's batch
 */
export async function microBatchGradients(
  plan: TrainingPlan,
  memory: StepMemory,
  open: OpenSession,
  microBatch: number,
): Promise<HostGradients> {
  const { architecture, batch } = plan;
  const models = recordParts(plan, microBatch);
  const views = batchViews(architecture, batch, microBatch);
  const embed = { session: await open(models.embed), ...bind(plan, memory, models.embed) };
  const objective = {
    session: await open(models.objective),
    ...bind(plan, memory, models.objective),
  };
  Object.assign(objective.inputs, views.features);
  Object.assign(objective.outputs, views.featureGradients);
  // The first micro-batch writes the gradients; the others write to a buffer that is added.
  const backward = await open(models.backward);
  const first = bind(plan, memory, models.backward);
  const buffers = new Map(
    splitParameters(architecture, plan.options)
      .trained.filter((spec) => !isOfObjective(spec))
      .map(({ name }) => [name, new Float32Array(memory.gradients.get(name)!.length)]),
  );
  const rest = bind(plan, { ...memory, gradients: buffers }, models.backward);

  return {
    async run({ input, labels }) {
      for (let start = 0; start < batch; start += microBatch) {
        embed.inputs.input = views.input(input, start);
        Object.assign(embed.outputs, views.rows(views.features, start));
        await embed.session.run(embed.inputs, embed.outputs);
      }
      objective.inputs.labels = new ort.Tensor("int32", labels, [batch]);
      await objective.session.run(objective.inputs, objective.outputs);
      for (let start = 0; start < batch; start += microBatch) {
        const { inputs, outputs } = start === 0 ? first : rest;
        inputs.input = views.input(input, start);
        Object.assign(inputs, views.rows(views.featureGradients, start));
        await backward.run(inputs, outputs);
        if (start === 0) continue;
        for (const [name, buffer] of buffers) addTo(memory.gradients.get(name)!, buffer);
      }
      return metricsOf(objective.outputs);
    },
    async close() {
      for (const session of [embed.session, objective.session, backward]) await session.release();
    },
  };
}

function addTo(sum: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
}
