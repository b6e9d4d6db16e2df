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
 * @param weights float32, of any shape
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
  const values = new Int8Array(data.length);
  for (let i = 0; i < data.length; i++) values[i] = Math.round(data[i]! / scales[channelOf(i)]!);
  return { values, scales };
}
