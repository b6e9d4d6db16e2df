/**
 * A whole batch's features in host memory, and one micro-batch's share of them, as tensors over the
 * same memory.
 */
import { type Architecture, featureChannels } from "@plumage/models";
import * as ort from "onnxruntime-node";
import { gradientOutput } from "./models/step.ts";

type Tensors = Record<string, ort.Tensor>;

export interface BatchViews {
  /** "embeddings" and "pooled", [batch, width]. */
  readonly features: Tensors;
  /** The loss's gradients by them, under the names of the objective's outputs. */
  readonly byFeatures: Tensors;
  /** The rows of a micro-batch that begins at an image of the batch. */
  rows(matrices: Tensors, start: number): Tensors;
  /** Its images. @param images RGB bytes of the whole batch */
  images(images: Uint8Array, start: number): ort.Tensor;
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
  const side = architecture.imageSize;
  return {
    features: matrices((feature) => feature),
    byFeatures: matrices(gradientOutput),
    rows: (tensors, start) =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, { data, dims }]) => {
          const width = dims[1]!;
          const part = (data as Float32Array).subarray(start * width, (start + microBatch) * width);
          return [name, new ort.Tensor("float32", part, [microBatch, width])];
        }),
      ),
    images(images, start) {
      const bytes = side * side * 3;
      const part = images.subarray(start * bytes, (start + microBatch) * bytes);
      return new ort.Tensor("uint8", part, [microBatch, side, side, 3]);
    },
  };
}
