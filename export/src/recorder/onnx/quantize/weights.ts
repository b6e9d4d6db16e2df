/** Quantizes weights to int8, with a scale per output channel. */
import type { Constant } from "../graph.ts";

export interface QuantizedWeights {
  /** In the shape of the weights. */
  readonly values: Int8Array<ArrayBuffer>;
  /** One per output channel: weight = value * scale. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Symmetric: -128 is unused, so w and -w quantize alike. */
const largest = 127;

/**
 * @param weights float32, of any shape; of 4 axes, filters [outputs, inputs, height, width]
 * @param axis the axis of the output channels
 */
export function quantizeWeights(weights: Constant, axis: number): QuantizedWeights {
  const data = new Float32Array(weights.bytes.buffer);
  const channels = weights.shape[axis]!;
  const stride = weights.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const channelOf = (i: number) => Math.floor(i / stride) % channels;
  const scales = new Float32Array(channels);
  for (let i = 0; i < data.length; i++) {
    const channel = channelOf(i);
    scales[channel] = Math.max(scales[channel]!, Math.abs(data[i]!) / largest);
  }
  // A channel of zeros needs a scale other than 0.
  for (let channel = 0; channel < channels; channel++) scales[channel] ||= 1;
  const exact = data.map((value, i) => value / scales[channelOf(i)]!);
  const values = Int8Array.from(exact, Math.round);
  if (weights.shape.length === 4) {
    const [, , height, width] = weights.shape as [number, number, number, number];
    const size = height * width;
    for (let start = 0; start < values.length; start += size)
      balance(values.subarray(start, start + size), exact.subarray(start, start + size));
  }
  return { values, scales };
}

/**
 * Rounds some weights of a filter's window to their other neighbor, those nearest to the middle
 * first, so that the rounding errors of the window sum up to at most half a step. Where neighboring
 * pixels are alike, the errors then cancel out.
 *
 * Guo et al. 2022, "SQuant: On-the-Fly Data-Free Quantization via Diagonal Hessian Decomposition"
 * (arXiv 2202.07471), the kernel-wise part.
 *
 * @param values rounded weights, which are changed
 * @param exact the weights in the same unit
 */
function balance(values: Int8Array, exact: Float32Array): void {
  const errors = Array.from(values, (value, i) => value - exact[i]!);
  const sum = errors.reduce((total, error) => total + error, 0);
  const direction = Math.sign(sum);
  const order = [...errors.keys()].sort((a, b) => direction * (errors[b]! - errors[a]!));
  // Flipping never leaves the range: the weight lies between its neighbors.
  for (const i of order.slice(0, Math.round(Math.abs(sum)))) values[i]! -= direction;
}
