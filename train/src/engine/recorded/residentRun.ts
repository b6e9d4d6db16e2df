/**
 * A run on a device that keeps tensors: parameters, gradients and Adam's state stay there between
 * steps. Images, metrics and, in micro-batches, features are transferred; the whole state only when
 * it is read.
 */
import type { ParameterPart, ParameterSpec } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import { partScalars, scalarNames } from "../../program/partScalars.ts";
import { splitParameters } from "../../program/trained.ts";
import type { TrainingPlan, TrainingRun, TrainingState } from "../engine.ts";
import { metricsOf } from "./hostGradients.ts";
import { recordRead } from "./models/deviceTensors.ts";
import { fromStepOrder, stepShape, toStepOrder } from "./models/filterOrder.ts";
import {
  recordUpdate,
  type SlotPart,
  scalarPort,
  slotParts,
  slotPort,
  updatedPort,
} from "./models/update.ts";
import {
  dispose,
  inputsFor,
  type OpenResidentSession,
  residentMicroBatches,
  residentWholeBatch,
  type Tensors,
} from "./residentGradients.ts";

/** Starts a run whose state stays on the device of `open`'s sessions. */
export async function startResidentRun(
  plan: TrainingPlan,
  state: TrainingState,
  open: OpenResidentSession,
): Promise<TrainingRun> {
  const { architecture, batch, options, microBatch = batch } = plan;
  const { trained } = splitParameters(architecture, options);
  const gradients =
    microBatch < batch
      ? await residentMicroBatches(plan, open, microBatch)
      : await residentWholeBatch(plan, open);
  const updateModel = recordUpdate(architecture, options, gradients.shapes);
  const update = await open(updateModel, []);
  const session = await openRead(trained, open);

  const { constants, slots: initialSlots } = initialTensors(plan, state);
  // In host memory until the first update returns them on the device.
  let slots = initialSlots;
  let iteration = state.iteration;

  return {
    async step(images, rate) {
      const values = trained.map(({ name }) => [name, slots[slotPort("value", name)]!] as const);
      const result = await gradients.run(images, { ...constants, ...Object.fromEntries(values) });
      const inputs = { ...slots, ...result.gradients, ...rateInputs(options, iteration, rate) };
      const updated: Tensors = await update.run(inputsFor(updateModel, inputs));
      dispose(result.gradients);
      dispose(slots);
      slots = Object.fromEntries(
        Object.keys(slots).map((port) => [port, updated[updatedPort(port)]!]),
      );
      iteration++;
      return metricsOf(result.metrics);
    },
    async state() {
      const read = await readSlots(plan, session, slots);
      return {
        iteration,
        parameters: new Map([...state.parameters, ...read.value]),
        expAvg: new Map([...state.expAvg, ...read.expAvg]),
        expAvgSq: new Map([...state.expAvgSq, ...read.expAvgSq]),
      };
    },
    async close() {
      dispose(slots);
      await gradients.close();
      for (const each of [update, session]) await each.release();
    },
  };
}

/** A state's tensors in host memory: constant parameters by name, and slots by port. */
function initialTensors({ architecture, options }: TrainingPlan, state: TrainingState) {
  const { trained, constant } = splitParameters(architecture, options);
  const values = {
    value: toStepOrder(architecture, state.parameters),
    expAvg: toStepOrder(architecture, state.expAvg),
    expAvgSq: toStepOrder(architecture, state.expAvgSq),
  };
  const tensor = (part: SlotPart, { name, shape }: ParameterSpec) =>
    new ort.Tensor("float32", values[part].get(name)!, stepShape(shape));
  const constants: Tensors = Object.fromEntries(
    constant.map((spec) => [spec.name, tensor("value", spec)]),
  );
  const slots: Tensors = Object.fromEntries(
    trained.flatMap((spec) =>
      slotParts.map((part) => [slotPort(part, spec.name), tensor(part, spec)]),
    ),
  );
  return { constants, slots };
}

type Session = Awaited<ReturnType<OpenResidentSession>>;

/** Opens the model that brings slots to host memory. */
function openRead(trained: readonly ParameterSpec[], open: OpenResidentSession): Promise<Session> {
  const shapes = trained.flatMap(({ name, shape }) =>
    slotParts.map((part) => [slotPort(part, name), stepShape(shape)] as const),
  );
  const model = recordRead(new Map(shapes));
  return open(
    model,
    model.outputs.map(({ name }) => name),
  );
}

/** The slots' values in torch's order. */
async function readSlots({ architecture, options }: TrainingPlan, read: Session, slots: Tensors) {
  const outputs: Tensors = await read.run(slots);
  const part = (which: SlotPart) =>
    fromStepOrder(
      architecture,
      new Map(
        splitParameters(architecture, options).trained.map(({ name }) => [
          name,
          outputs[`read:${slotPort(which, name)}`]!.data as Float32Array<ArrayBuffer>,
        ]),
      ),
    );
  return { value: part("value"), expAvg: part("expAvg"), expAvgSq: part("expAvgSq") };
}

/** Adam's scalars of an iteration, by part of the network. */
const rateInputs = (options: TrainingPlan["options"], iteration: number, rate: number): Tensors =>
  Object.fromEntries(
    Object.entries(partScalars(options, iteration, rate)).flatMap(([part, scalars]) =>
      scalarNames.map((name) => [
        scalarPort(part as ParameterPart, name),
        new ort.Tensor("float32", Float32Array.of(scalars[name]), []),
      ]),
    ),
  );
