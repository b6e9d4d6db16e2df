/**
 * The recorded step on a device that can keep tensors: parameters, gradients and Adam's state stay there from step to step.
 * What crosses over are pictures and metrics, in micro-batches the features too, and everything when the state is asked for.
 */
import { type RecordedModel, recordModel } from "@plumage/export";
import { type Architecture, parameterTable } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { stepMetricNames } from "../objective/index.ts";
import { adamScalars } from "../program/adam.ts";
import { batchViews } from "./batchViews.ts";
import type { Batch, TrainingPlan, TrainingRun, TrainingState } from "./engine.ts";
import { fromStepOrder, stepShape, toStepOrder } from "./filterOrder.ts";
import { metricsOf } from "./gradients.ts";
import { recordParts } from "./recordedParts.ts";
import { gradientOutput, recordStep } from "./recordedStep.ts";
import {
  recordUpdate,
  type SlotPart,
  scalarNames,
  scalarPort,
  slotParts,
  slotPort,
  updatedPort,
} from "./recordedUpdate.ts";

type Tensors = Record<string, ort.Tensor>;
/** @param toHost outputs that are wanted in host memory; the others stay on the device */
export type OpenResident = (model: RecordedModel, toHost: readonly string[]) => Promise<ort.InferenceSession>;

/** What computes a batch's gradients, which stay on the device. */
interface ResidentGradients {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** @param parameters by name, on the device or not yet */
  run(batch: Batch, parameters: Tensors): Promise<{ host: Tensors; gradients: Tensors }>;
  close(): Promise<void>;
}

const dispose = (tensors: Tensors): void => {
  for (const tensor of Object.values(tensors)) tensor.dispose();
};
const only = (tensors: Tensors, names: Iterable<string>): Tensors =>
  Object.fromEntries([...names].flatMap((name) => (tensors[name] ? [[name, tensors[name]] as const] : [])));
const inputsOf = (model: RecordedModel): string[] => model.inputs.map(({ name }) => name);
const gradientShapes = (...models: RecordedModel[]) =>
  new Map(
    models.flatMap(({ outputs }) =>
      outputs
        .filter(({ name }) => name.startsWith(gradientOutput("")))
        .map(({ name, shape }) => [name, shape as readonly number[]] as const),
    ),
  );

async function inOnePiece(plan: TrainingPlan, open: OpenResident): Promise<ResidentGradients> {
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
        [...shapes.keys()].map((name) => [name, tf.add(tensors[`a:${name}`]!, tensors[`b:${name}`]!)]),
      ),
    Object.fromEntries([...side("a:"), ...side("b:")]),
    { name: "sums" },
  );
}

async function inMicroBatches(plan: TrainingPlan, open: OpenResident, microBatch: number): Promise<ResidentGradients> {
  const { architecture, batch } = plan;
  const models = recordParts(plan, microBatch);
  const views = batchViews(architecture, batch, microBatch);
  const sumsModel = recordSums(gradientShapes(models.backward));
  const embed = await open(models.embed, Object.keys(views.features));
  const objective = await open(models.objective, [...stepMetricNames, ...Object.keys(views.byFeatures)]);
  const backward = await open(models.backward, []);
  const sums = await open(sumsModel, []);
  const shapes = gradientShapes(models.backward, models.objective);
  for (const name of Object.keys(views.byFeatures)) shapes.delete(name);

  return {
    shapes,
    async run({ images, labels }, parameters) {
      for (let start = 0; start < batch; start += microBatch) {
        const inputs = { ...only(parameters, inputsOf(models.embed)), images: views.pictures(images, start) };
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
          images: views.pictures(images, start),
        });
        if (!sum) {
          sum = part;
          continue;
        }
        const named = (prefix: string, tensors: Tensors) =>
          Object.entries(tensors).map(([name, tensor]) => [`${prefix}${name}`, tensor] as const);
        const added: Tensors = await sums.run(Object.fromEntries([...named("a:", sum), ...named("b:", part)]));
        dispose(sum);
        dispose(part);
        sum = added;
      }
      return { host: only(whole, stepMetricNames), gradients: { ...only(whole, shapes.keys()), ...sum } };
    },
    async close() {
      for (const session of [embed, objective, backward, sums]) await session.release();
    },
  };
}

/** A tensor of the device can be read only as the output of a run: a model that hands all slots through. */
function recordReading(architecture: Architecture): RecordedModel {
  const slots = parameterTable(architecture)
    .filter((spec) => spec.trained)
    .flatMap(({ name, shape }) => slotParts.map((part) => [slotPort(part, name), stepShape(shape)] as const));
  return recordModel(
    (tensors) => Object.fromEntries(slots.map(([port]) => [`read:${port}`, tf.add(tensors[port]!, 0)])),
    Object.fromEntries(slots.map(([port, shape]) => [port, { shape, type: "float32" }])),
    { name: "reading" },
  );
}

/** Starts a run whose state lives where `open`'s sessions keep it. */
export async function startResident(
  plan: TrainingPlan,
  state: TrainingState,
  open: OpenResident,
): Promise<TrainingRun> {
  const { architecture, batch, options, microBatch = batch } = plan;
  const table = parameterTable(architecture);
  const trained = table.filter((spec) => spec.trained);
  const gradients = microBatch < batch ? await inMicroBatches(plan, open, microBatch) : await inOnePiece(plan, open);
  const updateModel = recordUpdate(architecture, options, gradients.shapes);
  const update = await open(updateModel, []);
  const readingModel = recordReading(architecture);
  const reading = await open(
    readingModel,
    readingModel.outputs.map(({ name }) => name),
  );

  const first = {
    value: toStepOrder(architecture, state.parameters),
    mean: toStepOrder(architecture, state.means),
    square: toStepOrder(architecture, state.squares),
  };
  const tensor = (part: SlotPart, { name, shape }: (typeof table)[number]) =>
    new ort.Tensor("float32", first[part].get(name)!, stepShape(shape));
  const statistics: Tensors = Object.fromEntries(
    table.filter((spec) => !spec.trained).map((spec) => [spec.name, tensor("value", spec)]),
  );
  // In host memory until the first update puts them out on the device.
  let slots: Tensors = Object.fromEntries(
    trained.flatMap((spec) => slotParts.map((part) => [slotPort(part, spec.name), tensor(part, spec)])),
  );
  let iteration = state.iteration;

  const scalarsOf = (which: "rate" | "headRate", rate: number): Tensors => {
    const scalars = adamScalars(iteration, rate, options.weightDecay);
    return Object.fromEntries(
      scalarNames.map((name) => [
        scalarPort(which, name),
        new ort.Tensor("float32", Float32Array.of(scalars[name]), []),
      ]),
    );
  };
  return {
    async step(pictures, rate) {
      const values = trained.map(({ name }) => [name, slots[slotPort("value", name)]!] as const);
      const result = await gradients.run(pictures, { ...statistics, ...Object.fromEntries(values) });
      const inputs = {
        ...slots,
        ...result.gradients,
        ...scalarsOf("rate", rate),
        ...scalarsOf("headRate", rate * options.headRate),
      };
      const updated: Tensors = await update.run(only(inputs, inputsOf(updateModel)));
      dispose(result.gradients);
      dispose(slots);
      slots = Object.fromEntries(Object.keys(slots).map((port) => [port, updated[updatedPort(port)]!]));
      iteration++;
      return metricsOf(result.host);
    },
    async state() {
      const read: Tensors = await reading.run(slots);
      const part = (which: SlotPart) =>
        new Map(
          trained.map(({ name }) => [name, read[`read:${slotPort(which, name)}`]!.data as Float32Array<ArrayBuffer>]),
        );
      return {
        iteration,
        parameters: new Map([...state.parameters, ...fromStepOrder(architecture, part("value"))]),
        means: fromStepOrder(architecture, part("mean")),
        squares: fromStepOrder(architecture, part("square")),
      };
    },
    async close() {
      dispose(slots);
      await gradients.close();
      for (const session of [update, reading]) await session.release();
    },
  };
}
