/** The embedder as an ONNX file. */
import {
  type Architecture,
  embed,
  foldBatchNorm,
  foldedBatchNorm,
  type ParameterValues,
} from "@plumage/models";
import type * as tf from "@tensorflow/tfjs-core";
import { type RecordedModel, recordModel } from "../recorder/recordModel.ts";
import { parameterInputs } from "./parameters.ts";

export interface RecordEmbedderOptions {
  /**
   * Whether batch norms are folded into the filters; without it the graph is the one that was
   * trained.
   */
  readonly fold: boolean;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * `images` uint8 [N, S, S, 3] to `embeddings` float32 [N, dimension] of unit length; N is symbolic.
 */
export function recordEmbedder(
  architecture: Architecture,
  parameters: ParameterValues,
  { fold, metadata = {} }: RecordEmbedderOptions,
): RecordedModel {
  const side = architecture.imageSize;
  const values = fold ? foldBatchNorm(architecture, parameters) : parameters;
  return recordModel(
    ({ images, ...tensors }) => ({
      embeddings: embed(
        architecture,
        tensors,
        images as tf.Tensor4D,
        fold ? foldedBatchNorm : undefined,
      ),
    }),
    {
      images: { shape: ["N", side, side, 3], type: "uint8" },
      ...parameterInputs(architecture, values),
    },
    { name: "embedder", metadata },
  );
}
