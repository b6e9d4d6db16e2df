/** The engine that runs the training step eagerly on a tfjs backend: tensorflow or cpu. */
import {
  networkInput,
  type ParameterSpec,
  type ParameterValues,
  PlumageError,
} from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { type StepMetricName, stepMetricNames } from "../../objective/index.ts";
import type { Slot } from "../../program/adam.ts";
import { mapScalars, partScalars } from "../../program/partScalars.ts";
import { trainingStep } from "../../program/step.ts";
import { splitParameters } from "../../program/trained.ts";
import type { Engine, TrainingPlan, TrainingRun, TrainingState } from "../engine.ts";

/**
 * @param backend name of a registered tfjs backend
 * @param description name and device, for people
 */
export const eagerEngine = (backend: string, description: string): Engine => ({
  description,
  start: (plan, state) => startEager(backend, plan, state),
});

/** Uploads values. Filters go from torch's OIHW to tfjs's HWIO. */
const fromTorch = (values: Float32Array, shape: readonly number[]): tf.Tensor =>
  tf.tidy(() => {
    const tensor = tf.tensor(values, [...shape]);
    return shape.length === 4 ? tf.transpose(tensor, [2, 3, 1, 0]) : tensor;
  });
async function toTorch(tensor: tf.Tensor): Promise<Float32Array<ArrayBuffer>> {
  const inOrder = tensor.rank === 4 ? tf.transpose(tensor, [3, 2, 0, 1]) : tensor.clone();
  const values = Float32Array.from((await inOrder.data()) as Float32Array);
  inOrder.dispose();
  return values;
}

async function startEager(
  backend: string,
  plan: TrainingPlan,
  state: TrainingState,
): Promise<TrainingRun> {
  const { architecture, options, batch, microBatch = batch } = plan;
  if (microBatch < batch) {
    throw new PlumageError(
      "unsupported",
      "the tfjs engine does not support micro-batches",
      "use --engine onnxruntime, or lower --batch",
    );
  }
  await useBackend(backend);
  const { trained, constant } = splitParameters(architecture, options);
  const constants = Object.fromEntries(
    constant.map(({ name, shape }) => [name, fromTorch(state.parameters.get(name)!, shape)]),
  );
  let slots: Readonly<Record<string, Slot>> = initialSlots(trained, state);
  let iteration = state.iteration;
  const { shape, type } = networkInput(architecture);

  return {
    async step({ input, labels }, rate) {
      await useBackend(backend);
      const old = slots;
      const scalars = partScalars(options, iteration, rate);
      const [metrics] = tf.tidy(() => {
        const outputs = trainingStep(architecture, options, {
          slots: old,
          constants,
          input: tf.tensor(input, [batch, ...shape], type === "uint8" ? "int32" : type),
          labels: tf.tensor1d(labels, "int32"),
          scalars: mapScalars((part, name) => tf.scalar(scalars[part][name])),
        });
        slots = outputs.slots;
        const reported = stepMetricNames.map((name) => outputs.metrics[name]);
        const stacked = tf.stack(reported);
        // lossAndGradients() keeps them, so tidy() does not dispose of them.
        tf.dispose(reported);
        return [stacked, ...tensorsOf(slots)];
      }) as [tf.Tensor];
      tf.dispose(tensorsOf(old));
      const values = await metrics.data();
      metrics.dispose();
      iteration++;
      return Object.fromEntries(stepMetricNames.map((name, i) => [name, values[i]!])) as Record<
        StepMetricName,
        number
      >;
    },
    async state() {
      const parameters: ParameterValues = new Map(state.parameters);
      const [expAvg, expAvgSq] = [new Map(state.expAvg), new Map(state.expAvgSq)];
      for (const [name, slot] of Object.entries(slots)) {
        parameters.set(name, await toTorch(slot.value));
        expAvg.set(name, await toTorch(slot.expAvg));
        expAvgSq.set(name, await toTorch(slot.expAvgSq));
      }
      return { iteration, parameters, expAvg, expAvgSq };
    },
    async close() {
      tf.dispose([...tensorsOf(slots), ...Object.values(constants)]);
    },
  };
}

/** Sets the backend, which a recording or another engine may have changed since the last step. */
async function useBackend(backend: string): Promise<void> {
  if (tf.getBackend() !== backend) await tf.setBackend(backend);
}

const initialSlots = (
  trained: readonly ParameterSpec[],
  state: TrainingState,
): Record<string, Slot> =>
  Object.fromEntries(
    trained.map(({ name, shape }) => [
      name,
      {
        value: fromTorch(state.parameters.get(name)!, shape),
        expAvg: fromTorch(state.expAvg.get(name)!, shape),
        expAvgSq: fromTorch(state.expAvgSq.get(name)!, shape),
      },
    ]),
  );

const tensorsOf = (slots: Readonly<Record<string, Slot>>): tf.Tensor[] =>
  Object.values(slots).flatMap(({ value, expAvg, expAvgSq }) => [value, expAvg, expAvgSq]);
