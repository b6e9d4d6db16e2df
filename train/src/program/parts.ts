/**
 * The step in three parts, so that a large batch can pass through the network in micro-batches:
 * embed all, differentiate the objective by the embeddings, then go back through each micro-batch
 * with its share (gradient caching: Gao et al. 2021, arXiv 2101.06983). Exact where no image's
 * features depend on the others': with frozen batch norm.
 */
import {
  type Architecture,
  classLogits,
  embedding,
  featureMap,
  frozenBatchNorm,
  type Parameters,
  pooledFeatures,
} from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { type ObjectiveOptions, objective, type StepMetricName } from "../objective/index.ts";

/** What the objective sees of the images. */
export interface Features {
  /** Unit length, [M, dimension]. */
  readonly embeddings: tf.Tensor2D;
  /** Average-pooled backbone features, [M, channels]. */
  readonly pooled: tf.Tensor2D;
}

/** Parameters that the objective part trains; the backward part trains the others. */
export const isClassifier = (name: string): boolean => name.startsWith("classifier.");

/** @param images int32 [M, S, S, 3] */
export function features(
  architecture: Architecture,
  parameters: Parameters,
  images: tf.Tensor4D,
): Features {
  const map = featureMap(architecture, frozenBatchNorm(parameters), images);
  return { embeddings: embedding(architecture, parameters, map), pooled: pooledFeatures(map) };
}

/**
 * The whole batch's loss, and its gradients by the features and by the classifier.
 *
 * @param classifier "classifier.weight" and "classifier.bias"
 * @param labels int32 [B]
 */
export function objectivePart(
  classifier: Parameters,
  { embeddings, pooled }: Features,
  labels: tf.Tensor1D,
  options: ObjectiveOptions,
): { metrics: Record<StepMetricName, tf.Scalar>; byFeatures: Features; byClassifier: Parameters } {
  const names = Object.keys(classifier);
  let metrics!: Record<StepMetricName, tf.Scalar>;
  const loss = (e: tf.Tensor, p: tf.Tensor, ...values: tf.Tensor[]): tf.Scalar => {
    const parameters = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
    metrics = objective(
      e as tf.Tensor2D,
      classLogits(parameters, p as tf.Tensor2D),
      labels,
      options,
    );
    for (const metric of Object.values(metrics)) tf.keep(metric);
    return metrics.loss;
  };
  const { grads } = tf.valueAndGrads(loss)([
    embeddings,
    pooled,
    ...names.map((name) => classifier[name]!),
  ]);
  const [byEmbeddings, byPooled, ...rest] = grads as [tf.Tensor2D, tf.Tensor2D, ...tf.Tensor[]];
  return {
    metrics,
    byFeatures: { embeddings: byEmbeddings, pooled: byPooled },
    byClassifier: Object.fromEntries(names.map((name, i) => [name, rest[i]!])),
  };
}

/** One micro-batch's share of the gradient of every parameter of the network. */
export function backwardPart(
  architecture: Architecture,
  trained: Parameters,
  statistics: Parameters,
  images: tf.Tensor4D,
  byFeatures: Features,
): Parameters {
  const names = Object.keys(trained);
  const inner = (...values: tf.Tensor[]): tf.Scalar => {
    const parameters = {
      ...statistics,
      ...Object.fromEntries(names.map((name, i) => [name, values[i]!])),
    };
    const { embeddings, pooled } = features(architecture, parameters, images);
    const products = [tf.mul(embeddings, byFeatures.embeddings), tf.mul(pooled, byFeatures.pooled)];
    return tf.addN(products.map((product) => tf.sum(product))) as tf.Scalar;
  };
  const gradients = tf.grads(inner)(names.map((name) => trained[name]!));
  return Object.fromEntries(names.map((name, i) => [name, gradients[i]!]));
}
