/** Converts a float32 graph to int8, calibrated on examples of its input. */
import type * as ort from "@plumage/models/onnxruntime";
import type { OnnxModel } from "../model.ts";
import { correctBiases } from "./biases.ts";
import { observe } from "./calibrate.ts";
import { planQuantization } from "./plan.ts";
import { quantize } from "./quantize.ts";

/**
 * Quantizes weights and activations to 8 bits, but for the first convolution, as is usual since
 * DoReFa-Net (Zhou et al. 2016, arXiv 1606.06160). Neighboring pixels are alike, so rounding errors
 * of its weights add up instead of averaging out. It is 3% of a ResNet-50's computation.
 *
 * @param examples of the model's only input, all of the same batch size
 */
export async function toInt8(
  model: OnnxModel,
  examples: AsyncIterable<ort.Tensor>,
): Promise<OnnxModel> {
  const first = model.nodes.find(({ type }) => type === "Conv");
  const plan = planQuantization(model, new Set(first?.outputs));
  const { ranges, means } = await observe(model, plan, examples);
  return quantize(correctBiases(model, plan, means), plan, ranges);
}
