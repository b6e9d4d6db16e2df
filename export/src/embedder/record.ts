/** Step 1: records the embedder as an ONNX graph. */
import {
  type Architecture,
  type Descriptor,
  embed,
  encoderFeatures,
  featureMap,
  foldBatchNorm,
  foldedBatchNorm,
  type ParameterValues,
} from "@plumage/models";
import type * as tf from "@tensorflow/tfjs-core";
import {
  type OnnxModel,
  type RecordedModel,
  readOnnx,
  recordModel,
  tidy,
} from "../recorder/index.ts";
import { parameterInputs } from "./parameters.ts";
import type { TrainedNetwork } from "./trained.ts";

/** The fp32 graph to export: batch norms folded into the filters, values named for a viewer. */
export const recordGraph = ({
  architecture,
  parameters,
}: Pick<TrainedNetwork, "architecture" | "parameters">): OnnxModel =>
  tidy(readOnnx(recordEmbedder(architecture, parameters, { fold: true }).bytes));

/**
 * Records `images` uint8 [N, S, S, 3] RGB -> `embeddings` float32 [N, dimension] of unit length. N
 * is symbolic; normalization is part of the graph. `fold` folds batch norms into the filters;
 * without folding the graph is the trained one.
 */
export function recordEmbedder(
  architecture: Architecture,
  parameters: ParameterValues,
  { fold }: { readonly fold: boolean },
): RecordedModel {
  const size = architecture.imageSize;
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
      images: { shape: ["N", size, size, 3], type: "uint8" },
      ...parameterInputs(architecture, values),
    },
    { name: "embedder" },
  );
}

/**
 * Records the backbone for training a head on it: `images` as above -> `features` float32 [N,
 * descriptors * channels], the pooled vectors of its map side by side. Batch norms are folded into
 * the filters.
 */
export function recordEncoder(
  architecture: Architecture,
  parameters: ParameterValues,
  descriptors: readonly Descriptor[],
): RecordedModel {
  const size = architecture.imageSize;
  return recordModel(
    ({ images, ...tensors }) => ({
      features: encoderFeatures(
        descriptors,
        featureMap(architecture, foldedBatchNorm(tensors), images as tf.Tensor4D),
      ),
    }),
    {
      images: { shape: ["N", size, size, 3], type: "uint8" },
      ...parameterInputs(architecture, foldBatchNorm(architecture, parameters)),
    },
    { name: "encoder" },
  );
}
