/**
 * Computes loss and gradients that stay on the device: for the whole batch at once, or in
 * micro-batches.
 */
import type { RecordedModel } from "@plumage/export/recorder";
import * as ort from "@plumage/models/onnxruntime";
import { stepMetricNames } from "../../objective/index.ts";
import type { Batch, TrainingPlan } from "../engine.ts";
import { batchInputs, batchViews } from "./batchViews.ts";
import { recordSums } from "./models/deviceTensors.ts";
import { recordParts } from "./models/parts.ts";
import { gradientOutput, recordStep } from "./models/step.ts";

export type Tensors = Record<string, ort.Tensor>;
/** @param toHost outputs that go to host memory; the others stay on the device */
export type OpenResidentSession = (
  model: RecordedModel,
  toHost: readonly string[],
) => Promise<ort.InferenceSession>;

export interface ResidentGradients {
  /** Shapes of the gradients, by output name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /**
   * Computes a batch's metrics, in host memory, and gradients, on the device.
   *
   * @param parameters by name, on the device or in host memory
   */
  run(batch: Batch, parameters: Tensors): Promise<{ metrics: Tensors; gradients: Tensors }>;
  close(): Promise<void>;
}

export const dispose = (tensors: Tensors): void => {
  for (const tensor of Object.values(tensors)) tensor.dispose();
};
/** The tensors that have one of the names. */
export const pick = (tensors: Tensors, names: Iterable<string>): Tensors =>
  Object.fromEntries(
    [...names].flatMap((name) => (tensors[name] ? [[name, tensors[name]] as const] : [])),
  );
/** The tensors that the model takes as inputs. */
export const inputsFor = (model: RecordedModel, tensors: Tensors): Tensors =>
  pick(
    tensors,
    model.inputs.map(({ name }) => name),
  );
const prefixed = (prefix: string, tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor] as const),
  );
const gradientShapes = (...models: RecordedModel[]) =>
  new Map(
    models.flatMap(({ outputs }) =>
      outputs
        .filter(({ name }) => name.startsWith(gradientOutput("")))
        .map(({ name, shape }) => [name, shape as readonly number[]] as const),
    ),
  );

/** Runs the step as one model. */
export async function residentWholeBatch(
  plan: TrainingPlan,
  open: OpenResidentSession,
): Promise<ResidentGradients> {
  const model = recordStep(plan);
  const session = await open(model, stepMetricNames);
  const shapes = gradientShapes(model);
  return {
    shapes,
    async run(batch, parameters) {
      const inputs = { ...inputsFor(model, parameters), ...batchInputs(plan, batch) };
      const outputs: Tensors = await session.run(inputs);
      return { metrics: pick(outputs, stepMetricNames), gradients: pick(outputs, shapes.keys()) };
    },
    close: () => session.release(),
  };
}

/** Runs the step in three parts (program/parts.ts). @param microBatch a divisor of the batch */
export async function residentMicroBatches(
  plan: TrainingPlan,
  open: OpenResidentSession,
  microBatch: number,
): Promise<ResidentGradients> {
  const { architecture, batch } = plan;
  const models = recordParts(plan, microBatch);
  const views = batchViews(architecture, batch, microBatch);
  const featureGradients = Object.keys(views.featureGradients);
  const embed = await open(models.embed, Object.keys(views.features));
  const objective = await open(models.objective, [...stepMetricNames, ...featureGradients]);
  const backward = await open(models.backward, []);
  const sums = await open(recordSums(gradientShapes(models.backward)), []);
  const shapes = gradientShapes(models.backward, models.objective);
  for (const name of featureGradients) shapes.delete(name);

  return {
    shapes,
    async run({ input, labels }, parameters) {
      for (let start = 0; start < batch; start += microBatch) {
        const inputs = inputsFor(models.embed, parameters);
        inputs.input = views.input(input, start);
        await embed.run(inputs, views.rows(views.features, start));
      }
      const whole: Tensors = await objective.run({
        ...inputsFor(models.objective, parameters),
        ...views.features,
        labels: new ort.Tensor("int32", labels, [batch]),
      });
      let sum: Tensors | undefined;
      for (let start = 0; start < batch; start += microBatch) {
        const part: Tensors = await backward.run({
          ...inputsFor(models.backward, parameters),
          ...views.rows(pick(whole, featureGradients), start),
          input: views.input(input, start),
        });
        if (!sum) {
          sum = part;
          continue;
        }
        const added = await sums.run({ ...prefixed("a:", sum), ...prefixed("b:", part) });
        dispose(sum);
        dispose(part);
        sum = added;
      }
      return {
        metrics: pick(whole, stepMetricNames),
        gradients: { ...pick(whole, shapes.keys()), ...sum },
      };
    },
    async close() {
      for (const session of [embed, objective, backward, sums]) await session.release();
    },
  };
}
