/** The training objective: a weighted sum of loss terms, as functions on tfjs tensors. */
import * as tf from "@tensorflow/tfjs-core";
import { accuracy, classificationLoss } from "./classification.ts";
import { contrastiveLoss } from "./contrastive.ts";
import { type TripletOptions, tripletLoss } from "./triplet.ts";

/** Weights and hyperparameters of the terms. A term of weight 0 is skipped. */
export interface ObjectiveOptions {
  readonly classification: {
    readonly weight: number;
    readonly temperature: number;
    readonly smoothing: number;
  };
  readonly triplet: TripletOptions & { readonly weight: number };
  readonly contrastive: { readonly weight: number; readonly temperature: number };
}

/** The scalars that a step reports. */
export const stepMetricNames = [
  "loss",
  "classification",
  "triplet",
  "contrastive",
  "minedTriplets",
  "accuracy",
] as const;
export type StepMetricName = (typeof stepMetricNames)[number];

/**
 * Computes the objective and its terms (unweighted), the number of mined triplets and the accuracy.
 *
 * @param embeddings unit length, [B, D]
 * @param logits [B, classes]
 * @param labels int32 [B]
 */
export function objective(
  embeddings: tf.Tensor2D,
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
  options: ObjectiveOptions,
): Record<StepMetricName, tf.Scalar> {
  const zero = tf.scalar(0);
  const { classification, triplet, contrastive } = options;
  const classified = classification.weight
    ? classificationLoss(logits, labels, classification)
    : zero;
  const mined = triplet.weight
    ? tripletLoss(embeddings, labels, triplet)
    : { loss: zero, mined: zero };
  const contrasted = contrastive.weight
    ? contrastiveLoss(embeddings, labels, contrastive.temperature)
    : zero;
  const terms = [
    { loss: classified, weight: classification.weight },
    { loss: mined.loss, weight: triplet.weight },
    { loss: contrasted, weight: contrastive.weight },
  ].filter(({ weight }) => weight !== 0);
  const loss = tf.addN(terms.map((term) => tf.mul(term.loss, term.weight))) as tf.Scalar;
  return {
    loss,
    classification: classified,
    triplet: mined.loss,
    contrastive: contrasted,
    minedTriplets: mined.mined,
    accuracy: accuracy(logits, labels),
  };
}
