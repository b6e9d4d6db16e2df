/** The training step as one function of tensors: forward, objective, backward, update. Every engine runs this one. */
import {
  type Architecture,
  classLogits,
  embedding,
  featureMap,
  frozenBatchNorm,
  type Parameters,
  parameterTable,
} from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { type ObjectiveOptions, objective, type StepMetricName } from "../objective/index.ts";
import { type AdamScalars, adam, clipScale, type Slot } from "./adam.ts";

export interface StepOptions {
  readonly objective: ObjectiveOptions;
  /** Largest global gradient norm; 0 does not clip. */
  readonly clipNorm: number;
  readonly weightDecay: number;
}

export interface StepInputs {
  /** Trained parameters with Adam's state, by name. */
  readonly slots: Readonly<Record<string, Slot>>;
  /** Frozen batch-norm statistics, by name. */
  readonly statistics: Parameters;
  /** int32 [B, S, S, 3] */
  readonly images: tf.Tensor4D;
  /** int32 [B] */
  readonly labels: tf.Tensor1D;
  readonly scalars: Record<keyof AdamScalars, tf.Scalar>;
}

export interface StepOutputs {
  readonly slots: Record<string, Slot>;
  readonly metrics: Record<StepMetricName, tf.Scalar>;
}

export const trainedNames = (architecture: Architecture): string[] =>
  parameterTable(architecture).flatMap(({ name, trained }) => (trained ? [name] : []));

/** Loss, what else is reported, and the gradient of every trained parameter. */
export function lossAndGradients(
  architecture: Architecture,
  options: ObjectiveOptions,
  { slots, statistics, images, labels }: Omit<StepInputs, "scalars">,
): { metrics: Record<StepMetricName, tf.Scalar>; gradients: Record<string, tf.Tensor> } {
  const names = Object.keys(slots);
  let metrics!: Record<StepMetricName, tf.Scalar>;
  const loss = (...values: tf.Tensor[]): tf.Scalar => {
    const trained = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    const parameters = { ...statistics, ...trained };
    const map = featureMap(architecture, frozenBatchNorm(parameters), images);
    metrics = objective(embedding(architecture, parameters, map), classLogits(parameters, map), labels, options);
    // grads() tidies up what it does not return; the parts of the loss are wanted outside.
    for (const metric of Object.values(metrics)) tf.keep(metric);
    return metrics.loss;
  };
  const { grads } = tf.valueAndGrads(loss)(names.map((name) => slots[name]!.value));
  return { metrics, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])) };
}

export function trainingStep(architecture: Architecture, options: StepOptions, inputs: StepInputs): StepOutputs {
  const { metrics, gradients } = lossAndGradients(architecture, options.objective, inputs);
  const scale = options.clipNorm > 0 ? clipScale(Object.values(gradients), options.clipNorm) : undefined;
  const slots = Object.fromEntries(
    Object.entries(inputs.slots).map(([name, slot]) => {
      const decays = options.weightDecay > 0 && slot.value.rank > 1;
      return [name, adam(slot, gradients[name]!, scale, inputs.scalars, decays)];
    }),
  );
  return { slots, metrics };
}
