/** The training objective: a weighted sum of loss terms, as functions on tfjs tensors. */
import {
  type Architecture,
  classVectorsName,
  type Parameters as NamedParameters,
} from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { type ArcFaceOptions, arcFaceLoss } from "./arcFace.ts";
import { type CircleOptions, circleLoss } from "./circle.ts";
import { accuracy, type ClassificationOptions, classificationLoss } from "./classification.ts";
import { contrastiveLoss } from "./contrastive.ts";
import { type MultiSimilarityOptions, multiSimilarityLoss } from "./multiSimilarity.ts";
import { type ProxyAnchorOptions, proxyAnchorLoss } from "./proxyAnchor.ts";
import { type TripletOptions, tripletLoss } from "./triplet.ts";

/** What the objective is computed from. */
export interface ObjectiveInputs {
  /** Unit length, [B, D]. */
  readonly embeddings: tf.Tensor2D;
  /** The classifier's, [B, classes]. */
  readonly logits: tf.Tensor2D;
  /** int32 [B] */
  readonly labels: tf.Tensor1D;
  /** By name; a loss with weights of its own finds them here. */
  readonly parameters: NamedParameters;
}

interface TermResult {
  readonly loss: tf.Scalar;
  /** Number of triplets that the term's miner chose. */
  readonly mined?: tf.Scalar;
}

const vectorsOf = (parameters: NamedParameters, loss: Parameters<typeof classVectorsName>[0]) =>
  parameters[classVectorsName(loss)] as tf.Tensor2D;

/** The loss terms by name. */
const terms = {
  classification: ({ logits, labels }: ObjectiveInputs, options: ClassificationOptions) => ({
    loss: classificationLoss(logits, labels, options),
  }),
  triplet: ({ embeddings, labels }: ObjectiveInputs, options: TripletOptions) =>
    tripletLoss(embeddings, labels, options),
  contrastive: (
    { embeddings, labels }: ObjectiveInputs,
    { temperature }: { readonly temperature: number },
  ) => ({ loss: contrastiveLoss(embeddings, labels, temperature) }),
  proxyAnchor: (
    { embeddings, labels, parameters }: ObjectiveInputs,
    options: ProxyAnchorOptions,
  ) => ({
    loss: proxyAnchorLoss(embeddings, labels, vectorsOf(parameters, "proxyAnchor"), options),
  }),
  multiSimilarity: ({ embeddings, labels }: ObjectiveInputs, options: MultiSimilarityOptions) => ({
    loss: multiSimilarityLoss(embeddings, labels, options),
  }),
  arcFace: ({ embeddings, labels, parameters }: ObjectiveInputs, options: ArcFaceOptions) => ({
    loss: arcFaceLoss(embeddings, labels, vectorsOf(parameters, "arcFace"), options),
  }),
  circle: ({ embeddings, labels }: ObjectiveInputs, options: CircleOptions) => ({
    loss: circleLoss(embeddings, labels, options),
  }),
} satisfies Record<string, (inputs: ObjectiveInputs, options: never) => TermResult>;

export type TermName = keyof typeof terms;
export const termNames = Object.keys(terms) as TermName[];

/** Weights and hyperparameters of the terms. A term of weight 0 is skipped. */
export type ObjectiveOptions = {
  readonly [Name in TermName]: Parameters<(typeof terms)[Name]>[1] & { readonly weight: number };
};

/** The scalars that a step reports. */
export const stepMetricNames = ["loss", ...termNames, "minedTriplets", "accuracy"] as const;
export type StepMetricName = (typeof stepMetricNames)[number];

/** The class vectors that the enabled terms learn, for an Architecture. */
export function classVectorsOf({
  proxyAnchor,
  arcFace,
}: ObjectiveOptions): Architecture["classVectors"] {
  const perClass = {
    ...(proxyAnchor.weight > 0 ? { proxyAnchor: 1 } : {}),
    ...(arcFace.weight > 0 ? { arcFace: arcFace.centers } : {}),
  };
  return Object.keys(perClass).length > 0 ? perClass : undefined;
}

/**
 * Computes the objective and its terms (unweighted; 0 if skipped), the number of mined triplets and
 * the accuracy.
 */
export function objective(
  inputs: ObjectiveInputs,
  options: ObjectiveOptions,
): Record<StepMetricName, tf.Scalar> {
  const zero = tf.scalar(0);
  const results = termNames
    .filter((name) => options[name].weight !== 0)
    .map((name) => {
      const term = terms[name] as (inputs: ObjectiveInputs, options: unknown) => TermResult;
      return { name, weight: options[name].weight, ...term(inputs, options[name]) };
    });
  const weighted = results.map(({ loss, weight }) => tf.mul(loss, weight));
  const losses = Object.fromEntries(results.map(({ name, loss }) => [name, loss]));
  return {
    ...(Object.fromEntries(termNames.map((name) => [name, losses[name] ?? zero])) as Record<
      TermName,
      tf.Scalar
    >),
    loss: tf.addN(weighted) as tf.Scalar,
    minedTriplets: results.find(({ mined }) => mined)?.mined ?? zero,
    accuracy: accuracy(inputs.logits, inputs.labels),
  };
}
