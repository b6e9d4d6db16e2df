/** Step 1: records the embedder as an ONNX graph. */
import {
  type Architecture,
  embed,
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
import type { TrainedModel } from "./trained.ts";

/** The fp32 graph to export: batch norms folded into the filters, values named for a viewer. */
export const recordGraph = ({
  architecture,
  parameters,
}: Pick<TrainedModel, "architecture" | "parameters">): OnnxModel =>
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
