/** Features and images of a batch in host memory, and views of one micro-batch of them. */
import { featureChannels, type NetworkArchitecture, networkInput } from "@plumage/models";
import * as ort from "@plumage/models/onnxruntime";
import type { Batch, TrainingPlan } from "../engine.ts";
import { gradientOutput } from "./models/step.ts";

type Tensors = Record<string, ort.Tensor>;

export interface BatchViews {
  /** "embeddings" and "pooled", [batch, width]. */
  readonly features: Tensors;
  /** Gradients of the loss with respect to the features, named as outputs of the objective. */
  readonly featureGradients: Tensors;
  /** Views of the rows of one micro-batch. @param start its first image */
  rows(matrices: Tensors, start: number): Tensors;
  /** A view of the input of one micro-batch. @param input of the whole batch */
  input(input: Batch["input"], start: number): ort.Tensor;
}

/** A whole batch as inputs of a recorded model. */
export function batchInputs({ architecture, batch }: TrainingPlan, { input, labels }: Batch) {
  return {
    input: inputTensor(architecture, input, batch),
    labels: new ort.Tensor("int32", labels, [batch]),
  };
}

export function batchViews(
  architecture: NetworkArchitecture,
  batch: number,
  microBatch: number,
): BatchViews {
  const widths = { embeddings: architecture.dimension, pooled: featureChannels(architecture) };
  const matrices = (name: (feature: string) => string): Tensors =>
    Object.fromEntries(
      Object.entries(widths).map(([feature, width]) => [
        name(feature),
        new ort.Tensor("float32", new Float32Array(batch * width), [batch, width]),
      ]),
    );
  const { shape } = networkInput(architecture);
  const length = shape.reduce((product, size) => product * size, 1);
  return {
    features: matrices((feature) => feature),
    featureGradients: matrices(gradientOutput),
    rows: (tensors, start) =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, { data, dims }]) => {
          const width = dims[1]!;
          const part = (data as Float32Array).subarray(start * width, (start + microBatch) * width);
          return [name, new ort.Tensor("float32", part, [microBatch, width])];
        }),
      ),
    input: (input, start) =>
      inputTensor(
        architecture,
        input.subarray(start * length, (start + microBatch) * length),
        microBatch,
      ),
  };
}

function inputTensor(
  architecture: NetworkArchitecture,
  input: Batch["input"],
  count: number,
): ort.Tensor {
  const shape = [count, ...networkInput(architecture).shape];
  return input instanceof Uint8Array
    ? new ort.Tensor("uint8", input, shape)
    : new ort.Tensor("float32", input, shape);
}
