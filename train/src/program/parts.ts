/**
 * The step in three parts, so that a large batch can pass through the network in micro-batches:
 * embed all images, compute the gradient of the objective with respect to the features, then
 * backpropagate it through each micro-batch (gradient caching: Gao et al. 2021, arXiv 2101.06983).
 * Exact if an image's features do not depend on other images, which holds with frozen batch norm.
 */
import {
  classLogits,
  frozenBatchNorm,
  type NetworkArchitecture,
  type NetworkOutputs,
  networkOutputs,
  type ParameterSpec,
  type Parameters,
} from "@plumage/models";
import * as tf from "@tensorflow/tfjs-core";
import { type ObjectiveOptions, objective, type StepMetricName } from "../objective/index.ts";
import { valueAndGradients } from "./gradients.ts";

/** Whether the objective part computes a parameter's gradient; else the backward part does. */
export const isOfObjective = ({ part }: Pick<ParameterSpec, "part">): boolean =>
  part === "classifier" || part === "classVectors";

/** The network with frozen batch norm. @param input of M images, as in GradientInputs */
export const frozenOutputs = (
  architecture: NetworkArchitecture,
  parameters: Parameters,
  input: tf.Tensor,
): NetworkOutputs => networkOutputs(architecture, parameters, frozenBatchNorm(parameters), input);

/**
 * The loss of the whole batch, and its gradients with respect to the features and the objective's
 * own parameters.
 *
 * @param own the classifier and the class vectors of losses, by name
 * @param labels int32 [B]
 */
export function objectivePart(
  own: Parameters,
  { embeddings, pooled }: NetworkOutputs,
  labels: tf.Tensor1D,
  options: ObjectiveOptions,
): {
  metrics: Record<StepMetricName, tf.Scalar>;
  featureGradients: NetworkOutputs;
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
  const values = [embeddings, pooled, ...names.map((name) => own[name]!)];
  const { grads } = valueAndGradients(loss, values);
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
  architecture: NetworkArchitecture,
  trained: Parameters,
  constants: Parameters,
  input: tf.Tensor,
  featureGradients: NetworkOutputs,
): Parameters {
  const names = Object.keys(trained);
  const inner = (...values: tf.Tensor[]): tf.Scalar => {
    const parameters = {
      ...constants,
      ...Object.fromEntries(names.map((name, i) => [name, values[i]!])),
    };
    const { embeddings, pooled } = frozenOutputs(architecture, parameters, input);
    const products = [
      tf.mul(embeddings, featureGradients.embeddings),
      tf.mul(pooled, featureGradients.pooled),
    ];
    return tf.addN(products.map((product) => tf.sum(product))) as tf.Scalar;
  };
  const { grads } = valueAndGradients(
    inner,
    names.map((name) => trained[name]!),
  );
  return Object.fromEntries(names.map((name, i) => [name, grads[i]!]));
}
