/** The training step as a function of tensors: forward, objective, backward, update. */
import {
  classLogits,
  frozenBatchNorm,
  type NetworkArchitecture,
  networkOutputs,
  observedBatchNorm,
  type Parameters,
  parameterTable,
} from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { type ObjectiveOptions, objective, type StepMetricName } from "../objective/index.ts";
import { adam, clipScale, type Slot } from "./adam.ts";
import { valueAndGradients } from "./gradients.ts";
import type { PartScalars, RateOptions } from "./partScalars.ts";
import type { StageName } from "./trained.ts";

export interface StepOptions extends RateOptions {
  /**
   * "frozen" normalizes by the running statistics, folded into the filters; "batch" by the
   * statistics of the batch, for training from scratch.
   */
  readonly batchNorm: "frozen" | "batch";
  /** The last frozen stage of the backbone; nothing is computed backward through it. */
  readonly freeze?: StageName;
  readonly objective: ObjectiveOptions;
  /** Decay per step of the moving average of the weights, which is evaluated. Default: none. */
  readonly ema?: number;
  /** Limit for the global gradient norm; 0 turns clipping off. */
  readonly clipNorm: number;
}

export interface GradientInputs {
  readonly trained: Parameters;
  /** Batch-norm statistics and parameters of frozen stages, by name. */
  readonly constants: Parameters;
  /** What the network reads: images int32 [B, S, S, 3], or a head's features [B, length]. */
  readonly input: tf.Tensor;
  /** int32 [B] */
  readonly labels: tf.Tensor1D;
}

export interface StepInputs extends Omit<GradientInputs, "trained"> {
  /** Trained parameters with Adam's state, by name. */
  readonly slots: Readonly<Record<string, Slot>>;
  readonly scalars: PartScalars<tf.Scalar>;
}

export interface StepOutputs {
  readonly slots: Record<string, Slot>;
  readonly metrics: Record<StepMetricName, tf.Scalar>;
}

/** The step's metrics, and the gradient of the loss for every trained parameter. */
export function lossAndGradients(
  architecture: NetworkArchitecture,
  options: Pick<StepOptions, "batchNorm" | "objective">,
  { trained, constants, input, labels }: GradientInputs,
): { metrics: Record<StepMetricName, tf.Scalar>; gradients: Record<string, tf.Tensor> } {
  const names = Object.keys(trained);
  let metrics!: Record<StepMetricName, tf.Scalar>;
  const loss = (...values: tf.Tensor[]): tf.Scalar => {
    const parameters = {
      ...constants,
      ...Object.fromEntries(names.map((name, i) => [name, values[i]!])),
    };
    const normalize =
      options.batchNorm === "frozen" ? frozenBatchNorm(parameters) : observedBatchNorm(parameters);
    const { embeddings, pooled } = networkOutputs(architecture, parameters, normalize, input);
    const logits = classLogits(parameters, pooled);
    metrics = objective({ embeddings, logits, labels, parameters }, options.objective);
    // valueAndGradients() disposes of tensors that it does not return.
    for (const metric of Object.values(metrics)) tf.keep(metric);
    return metrics.loss;
  };
  const { grads } = valueAndGradients(
    loss,
    names.map((name) => trained[name]!),
  );
  return { metrics, gradients: Object.fromEntries(names.map((name, i) => [name, grads[i]!])) };
}

/** Runs a whole step: gradients, clipping, Adam. */
export function trainingStep(
  architecture: NetworkArchitecture,
  options: StepOptions,
  inputs: StepInputs,
): StepOutputs {
  const trained = Object.fromEntries(
    Object.entries(inputs.slots).map(([name, { value }]) => [name, value]),
  );
  const { metrics, gradients } = lossAndGradients(architecture, options, { ...inputs, trained });
  const scale =
    options.clipNorm > 0 ? clipScale(Object.values(gradients), options.clipNorm) : undefined;
  const partOf = new Map(parameterTable(architecture).map(({ name, part }) => [name, part]));
  const slots = Object.fromEntries(
    Object.entries(inputs.slots).map(([name, slot]) => {
      const decays = options.weightDecay > 0 && slot.value.rank > 1;
      const scalars = inputs.scalars[partOf.get(name)!];
      return [name, adam(slot, gradients[name]!, scale, scalars, decays)];
    }),
  );
  return { slots, metrics };
}
