/** Corrects biases for the rounding of weights. */
import type { Constant } from "../graph.ts";
import type { OnnxModel } from "../model.ts";
import type { QuantizationPlan } from "./plan.ts";
import { quantizeWeights } from "./weights.ts";

/**
 * Rounding the weights of a channel shifts its mean output by the sum of their errors times the
 * mean inputs. Subtracts this shift from the biases of convolutions, so that it does not add up
 * over the layers.
 *
 * Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction"
 * (arXiv 1906.04721), section 4.2 and appendix B, with observed means. Padding is taken for part of
 * the image.
 *
 * @param means of the channels of each convolution's input
 */
export function correctBiases(
  model: OnnxModel,
  { nodes }: QuantizationPlan,
  means: ReadonlyMap<string, Float32Array>,
): OnnxModel {
  const constants = new Map(model.constants.map((constant) => [constant.name, constant]));
  for (const { type, inputs } of nodes) {
    const [x, weights, bias] = inputs as [string, string, string?];
    if (type !== "Conv" || bias === undefined) continue;
    const shifts = outputShifts(constants.get(weights)!, means.get(x)!);
    const { bytes, ...rest } = constants.get(bias)!;
    const corrected = new Float32Array(bytes.buffer).map((value, i) => value - shifts[i]!);
    constants.set(bias, { ...rest, bytes: new Uint8Array(corrected.buffer) });
  }
  return { ...model, constants: [...constants.values()] };
}

/**
 * Mean shift of each output channel.
 *
 * @param weights [outputs, inputs of a group, height, width]
 * @param means [inputs]
 */
function outputShifts(weights: Constant, means: Float32Array): Float32Array {
  const [outputs, inputs] = weights.shape as [number, number];
  const exact = new Float32Array(weights.bytes.buffer);
  const { values, scales } = quantizeWeights(weights, 0);
  const perOutput = exact.length / outputs;
  const perInput = perOutput / inputs;
  const outputsPerGroup = (outputs * inputs) / means.length;
  return Float32Array.from({ length: outputs }, (_, output) => {
    const firstInput = Math.floor(output / outputsPerGroup) * inputs;
    let shift = 0;
    for (let i = 0; i < perOutput; i++) {
      const at = output * perOutput + i;
      const error = values[at]! * scales[output]! - exact[at]!;
      shift += error * means[firstInput + Math.floor(i / perInput)]!;
    }
    return shift;
  });
}
