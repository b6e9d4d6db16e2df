/** Features and images of a batch in host memory, and views of one micro-batch of them. */
import { type Architecture, featureChannels } from "@plumage/models";
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
  /** A view of the images of one micro-batch. @param images RGB bytes of the whole batch */
  images(images: Uint8Array, start: number): ort.Tensor;
}

/** A whole batch as inputs of a recorded model. */
export function batchInputs({ architecture, batch }: TrainingPlan, { images, labels }: Batch) {
  const size = architecture.imageSize;
  return {
    images: new ort.Tensor("uint8", images, [batch, size, size, 3]),
    labels: new ort.Tensor("int32", labels, [batch]),
  };
}

export function batchViews(
  architecture: Architecture,
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
  const size = architecture.imageSize;
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
    images(images, start) {
      const bytes = size * size * 3;
      const part = images.subarray(start * bytes, (start + microBatch) * bytes);
      return new ort.Tensor("uint8", part, [microBatch, size, size, 3]);
    },
  };
}
