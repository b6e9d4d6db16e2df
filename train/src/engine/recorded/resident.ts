/**
 * The recorded step on a device that can keep tensors: parameters, gradients and Adam's state stay
 * there from step to step. What crosses over are images and metrics, in micro-batches the features
 * too, and everything when the state is asked for.
 */
import { type RecordedModel, recordModel } from "@plumage/export/recorder";
import { type Architecture, parameterTable } from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { adamScalars } from "../../program/adam.ts";
import type { TrainingPlan, TrainingRun, TrainingState } from "../engine.ts";
import { metricsOf } from "./hostGradients.ts";
import { fromStepOrder, stepShape, toStepOrder } from "./models/filterOrder.ts";
import {
  recordUpdate,
  type SlotPart,
  scalarNames,
  scalarPort,
  slotParts,
  slotPort,
  updatedPort,
} from "./models/update.ts";
import {
  dispose,
  inMicroBatches,
  inOnePiece,
  inputsOf,
  type OpenResident,
  only,
  type Tensors,
} from "./residentGradients.ts";

/**
 * A tensor of the device can be read only as the output of a run: a model that hands all slots
 * through.
 */
function recordReading(architecture: Architecture): RecordedModel {
  const slots = parameterTable(architecture)
    .filter((spec) => spec.trained)
    .flatMap(({ name, shape }) =>
      slotParts.map((part) => [slotPort(part, name), stepShape(shape)] as const),
    );
  return recordModel(
    (tensors) =>
      Object.fromEntries(slots.map(([port]) => [`read:${port}`, tf.add(tensors[port]!, 0)])),
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
  const gradients =
    microBatch < batch
      ? await inMicroBatches(plan, open, microBatch)
      : await inOnePiece(plan, open);
  const updateModel = recordUpdate(architecture, options, gradients.shapes);
  const update = await open(updateModel, []);
  const readingModel = recordReading(architecture);
  const reading = await open(
    readingModel,
    readingModel.outputs.map(({ name }) => name),
  );

  const first = {
    value: toStepOrder(architecture, state.parameters),
    expAvg: toStepOrder(architecture, state.expAvg),
    expAvgSq: toStepOrder(architecture, state.expAvgSq),
  };
  const tensor = (part: SlotPart, { name, shape }: (typeof table)[number]) =>
    new ort.Tensor("float32", first[part].get(name)!, stepShape(shape));
  const statistics: Tensors = Object.fromEntries(
    table.filter((spec) => !spec.trained).map((spec) => [spec.name, tensor("value", spec)]),
  );
  // In host memory until the first update puts them out on the device.
  let slots: Tensors = Object.fromEntries(
    trained.flatMap((spec) =>
      slotParts.map((part) => [slotPort(part, spec.name), tensor(part, spec)]),
    ),
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
    async step(images, rate) {
      const values = trained.map(({ name }) => [name, slots[slotPort("value", name)]!] as const);
      const result = await gradients.run(images, { ...statistics, ...Object.fromEntries(values) });
      const inputs = {
        ...slots,
        ...result.gradients,
        ...scalarsOf("rate", rate),
        ...scalarsOf("headRate", rate * options.headRate),
      };
      const updated: Tensors = await update.run(only(inputs, inputsOf(updateModel)));
      dispose(result.gradients);
      dispose(slots);
      slots = Object.fromEntries(
        Object.keys(slots).map((port) => [port, updated[updatedPort(port)]!]),
      );
      iteration++;
      return metricsOf(result.host);
    },
    async state() {
      const read: Tensors = await reading.run(slots);
      const part = (which: SlotPart) =>
        new Map(
          trained.map(({ name }) => [
            name,
            read[`read:${slotPort(which, name)}`]!.data as Float32Array<ArrayBuffer>,
          ]),
        );
      return {
        iteration,
        parameters: new Map([...state.parameters, ...fromStepOrder(architecture, part("value"))]),
        expAvg: fromStepOrder(architecture, part("expAvg")),
        expAvgSq: fromStepOrder(architecture, part("expAvgSq")),
      };
    },
    async close() {
      dispose(slots);
      await gradients.close();
      for (const session of [update, reading]) await session.release();
    },
  };
}
