/** The layers of the network that have no state of their own. */
import * as tf from "@tensorflow/tfjs-core";
import { normEpsilon } from "./parameters.ts";

/** Tensors by parameter name: filters [height, width, in, out], matrices [out, in], vectors. */
export type Parameters = Readonly<Record<string, tf.Tensor>>;

/** @throws Error if the parameter was not passed to the network */
export function parameter(parameters: Parameters, name: string): tf.Tensor {
  const tensor = parameters[name];
  if (!tensor) throw new Error(`parameter ${name} is missing`);
  return tensor;
}

/** Convolution with torchvision's padding, (size - 1) / 2. */
export function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, stride: number): tf.Tensor4D {
  const pad = (filter.shape[0] - 1) / 2;
  return tf.conv2d(x, filter, stride, [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ]);
}

/** A Linear layer without bias. */
export const linear = (x: tf.Tensor2D, weight: tf.Tensor): tf.Tensor2D =>
  tf.matMul(x, weight as tf.Tensor2D, false, true);

export function layerNorm(x: tf.Tensor2D, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centered), -1, true);
  return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, normEpsilon))), weight), bias);
}
