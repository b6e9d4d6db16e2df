/** Gradients that stay on the device: by the step in one piece, or in micro-batches. */
import { type RecordedModel, recordModel } from "@plumage/export/recorder";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { stepMetricNames } from "../../objective/index.ts";
import type { Batch, TrainingPlan } from "../engine.ts";
import { batchViews } from "./batchViews.ts";
import { recordParts } from "./models/parts.ts";
import { gradientOutput, recordStep } from "./models/step.ts";

export type Tensors = Record<string, ort.Tensor>;
/** @param toHost outputs that are wanted in host memory; the others stay on the device */
export type OpenResident = (
  model: RecordedModel,
  toHost: readonly string[],
) => Promise<ort.InferenceSession>;

/** What computes a batch's gradients, which stay on the device. */
export interface ResidentGradients {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** @param parameters by name, on the device or not yet */
  run(batch: Batch, parameters: Tensors): Promise<{ host: Tensors; gradients: Tensors }>;
  close(): Promise<void>;
}

export const dispose = (tensors: Tensors): void => {
  for (const tensor of Object.values(tensors)) tensor.dispose();
};
export const only = (tensors: Tensors, names: Iterable<string>): Tensors =>
  Object.fromEntries(
    [...names].flatMap((name) => (tensors[name] ? [[name, tensors[name]] as const] : [])),
  );
export const inputsOf = (model: RecordedModel): string[] => model.inputs.map(({ name }) => name);
const gradientShapes = (...models: RecordedModel[]) =>
  new Map(
    models.flatMap(({ outputs }) =>
      outputs
        .filter(({ name }) => name.startsWith(gradientOutput("")))
        .map(({ name, shape }) => [name, shape as readonly number[]] as const),
    ),
  );

export async function inOnePiece(
  plan: TrainingPlan,
  open: OpenResident,
): Promise<ResidentGradients> {
  const model = recordStep(plan);
  const session = await open(model, stepMetricNames);
  const shapes = gradientShapes(model);
  const side = plan.architecture.imageSize;
  return {
    shapes,
    async run({ images, labels }, parameters) {
      const outputs: Tensors = await session.run({
        ...only(parameters, inputsOf(model)),
        images: new ort.Tensor("uint8", images, [plan.batch, side, side, 3]),
        labels: new ort.Tensor("int32", labels, [plan.batch]),
      });
      return { host: only(outputs, stepMetricNames), gradients: only(outputs, shapes.keys()) };
    },
    close: () => session.release(),
  };
}

/** Sums of two sets of tensors, name by name. */
function recordSums(shapes: ReadonlyMap<string, readonly number[]>): RecordedModel {
  const side = (prefix: string) =>
    [...shapes].map(([name, shape]) => [`${prefix}${name}`, { shape, type: "float32" }] as const);
  return recordModel(
    (tensors) =>
      Object.fromEntries(
        [...shapes.keys()].map((name) => [
          name,
          tf.add(tensors[`a:${name}`]!, tensors[`b:${name}`]!),
        ]),
      ),
    Object.fromEntries([...side("a:"), ...side("b:")]),
    { name: "sums" },
  );
}

export async function inMicroBatches(
  plan: TrainingPlan,
  open: OpenResident,
  microBatch: number,
): Promise<ResidentGradients> {
  const { architecture, batch } = plan;
  const models = recordParts(plan, microBatch);
  const views = batchViews(architecture, batch, microBatch);
  const sumsModel = recordSums(gradientShapes(models.backward));
  const embed = await open(models.embed, Object.keys(views.features));
  const objective = await open(models.objective, [
    ...stepMetricNames,
    ...Object.keys(views.byFeatures),
  ]);
  const backward = await open(models.backward, []);
  const sums = await open(sumsModel, []);
  const shapes = gradientShapes(models.backward, models.objective);
  for (const name of Object.keys(views.byFeatures)) shapes.delete(name);

  return {
    shapes,
    async run({ images, labels }, parameters) {
      for (let start = 0; start < batch; start += microBatch) {
        const inputs = {
          ...only(parameters, inputsOf(models.embed)),
          images: views.images(images, start),
        };
        await embed.run(inputs, views.rows(views.features, start));
      }
      const whole: Tensors = await objective.run({
        ...only(parameters, inputsOf(models.objective)),
        ...views.features,
        labels: new ort.Tensor("int32", labels, [batch]),
      });
      let sum: Tensors | undefined;
      for (let start = 0; start < batch; start += microBatch) {
        const part: Tensors = await backward.run({
          ...only(parameters, inputsOf(models.backward)),
          ...views.rows(only(whole, Object.keys(views.byFeatures)), start),
          images: views.images(images, start),
        });
        if (!sum) {
          sum = part;
          continue;
        }
        const named = (prefix: string, tensors: Tensors) =>
          Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor] as const);
        const added: Tensors = await sums.run(
          Object.fromEntries([...named("a:", sum), ...named("b:", part)]),
        );
        dispose(sum);
        dispose(part);
        sum = added;
      }
      return {
        host: only(whole, stepMetricNames),
        gradients: { ...only(whole, shapes.keys()), ...sum },
      };
    },
    async close() {
      for (const session of [embed, objective, backward, sums]) await session.release();
    },
  };
}
