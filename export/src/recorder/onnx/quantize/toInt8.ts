/** Converts a float32 graph to int8, calibrated on examples of its input. */
import type * as ort from "@plumage/models/onnxruntime";
import { type OnnxModel, writeOnnx } from "../model.ts";
import { correctBiases } from "./biases.ts";
import { observe } from "./calibrate.ts";
import { planQuantization } from "./plan.ts";
import { quantize } from "./quantize.ts";

/**
 * Quantizes weights and activations to 8 bits, with rounding that keeps sums of weights, and biases
 * that make up for the rest.
 *
 * @param examples of the model's only input, all of the same batch size
 * @param write serializes the model; default for models that recordModel wrote
 */
export async function toInt8(
  model: OnnxModel,
  examples: AsyncIterable<ort.Tensor>,
  write: (model: OnnxModel) => Uint8Array = writeOnnx,
): Promise<OnnxModel> {
  const plan = planQuantization(model);
  const { ranges, means } = await observe(model, plan, examples, write);
  return quantize(correctBiases(model, plan, means), plan, ranges);
}
