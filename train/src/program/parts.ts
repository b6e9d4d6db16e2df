/**
 * The step in three parts, so that a large batch can pass through the network in micro-batches:
 * embed all images, compute the gradient of the objective with respect to the features, then
 * backpropagate it through each micro-batch (gradient caching: Gao et al. 2021, arXiv 2101.06983).
 * Exact if an image's features do not depend on other images, which holds with frozen batch norm.
 */
import {
  type Architecture,
  classLogits,
  embedding,
  featureMap,
  frozenBatchNorm,
  type ParameterSpec,
  type Parameters,
  pooledFeatures,
} from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { type ObjectiveOptions, objective, type StepMetricName } from "../objective/index.ts";

/** What the objective is computed from. */
export interface Features {
  /** Unit length, [M, dimension]. */
  readonly embeddings: tf.Tensor2D;
  /** Average-pooled backbone features, [M, channels]. */
  readonly pooled: tf.Tensor2D;
}

/** Whether the objective part computes a parameter's gradient; else the backward part does. */
export const isOfObjective = ({ part }: Pick<ParameterSpec, "part">): boolean =>
  part === "classifier" || part === "classVectors";

/** Embeds images. @param images int32 [M, S, S, 3] */
export function features(
  architecture: Architecture,
  parameters: Parameters,
  images: tf.Tensor4D,
): Features {
  const map = featureMap(architecture, frozenBatchNorm(parameters), images);
  return { embeddings: embedding(architecture, parameters, map), pooled: pooledFeatures(map) };
}

/**
 * The loss of the whole batch, and its gradients with respect to the features and the objective's
 * own parameters.
 *
 * @param own the classifier and the class vectors of losses, by name
 * @param labels int32 [B]
 */
export function objectivePart(
  own: Parameters,
  { embeddings, pooled }: Features,
  labels: tf.Tensor1D,
  options: ObjectiveOptions,
): {
  metrics: Record<StepMetricName, tf.Scalar>;
  featureGradients: Features;
  ownGradients: Parameters;
} {
  const names = Object.keys(own);
  let metrics!: Record<StepMetricName, tf.Scalar>;
  const loss = (e: tf.Tensor, p: tf.Tensor, ...values: tf.Tensor[]): tf.Scalar => {
    const parameters = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    metrics = objective(
      {
        embeddings: e as tf.Tensor2D,
        logits: classLogits(parameters, p as tf.Tensor2D),
        labels,
        parameters,
      },
      options,
    );
    for (const metric of Object.values(metrics)) tf.keep(metric);
    return metrics.loss;
  };
  const { grads } = tf.valueAndGrads(loss)([
    embeddings,
    pooled,
    ...names.map((name) => own[name]!),
  ]);
  const [embeddingGradient, pooledGradient, ...rest] = grads as [
    tf.Tensor2D,
    tf.Tensor2D,
    ...tf.Tensor[],
  ];
  return {
    metrics,
    featureGradients: { embeddings: embeddingGradient, pooled: pooledGradient },
    ownGradients: Object.fromEntries(names.map((name, i) => [name, rest[i]!])),
  };
}

/**
 * Backpropagates the gradients of a micro-batch's features to the trained parameters of the
 * network. The sum over micro-batches is the gradient of the whole batch.
 *
 * @param constants batch-norm statistics and parameters of frozen stages
 */
export function backwardPart(
  architecture: Architecture,
  trained: Parameters,
  constants: Parameters,
  images: tf.Tensor4D,
  featureGradients: Features,
): Parameters {
  const names = Object.keys(trained);
  const inner = (...values: tf.Tensor[]): tf.Scalar => {
    const parameters = {
      ...constants,
      ...Object.fromEntries(names.map((name, i) => [name, values[i]!])),
    };
    const { embeddings, pooled } = features(architecture, parameters, images);
    const products = [
      tf.mul(embeddings, featureGradients.embeddings),
      tf.mul(pooled, featureGradients.pooled),
    ];
    return tf.addN(products.map((product) => tf.sum(product))) as tf.Scalar;
  };
  const gradients = tf.grads(inner)(names.map((name) => trained[name]!));
  return Object.fromEntries(names.map((name, i) => [name, gradients[i]!]));
}
