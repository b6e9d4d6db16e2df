/** The ways to compute a convolution and its batch norm, in training and in exported files. */
import * as tf from "@tensorflow/tfjs-core";
import { convolve, type Parameters, parameter } from "./layers.ts";
import { normEpsilon } from "./parameters.ts";

/** A convolution and its batch norm. Padding is explicit and symmetric, as in torchvision. */
export type ConvolveAndNormalize = (
  x: tf.Tensor4D,
  conv: string,
  norm: string,
  stride: number,
) => tf.Tensor4D;

/**
 * Batch norm with frozen statistics: a scale and a shift per channel. The scale is applied to the
 * filter or to the convolution's output, whichever has fewer elements; the gradients follow.
 */
export function frozenBatchNorm(parameters: Parameters): ConvolveAndNormalize {
  return (x, conv, norm, stride) => {
    const scale = tf.mul(
      parameter(parameters, `${norm}.weight`),
      tf.rsqrt(tf.add(parameter(parameters, `${norm}.running_var`), normEpsilon)),
    );
    const filter = parameter(parameters, `${conv}.weight`) as tf.Tensor4D;
    const shift = tf.sub(
      parameter(parameters, `${norm}.bias`),
      tf.mul(parameter(parameters, `${norm}.running_mean`), scale),
    );
    const isFilterLarger = filter.size * stride * stride > 2 * filter.shape[3] * pixelsOf(x);
    const scaled = isFilterLarger
      ? tf.mul(convolve(x, filter, stride), scale)
      : convolve(x, tf.mul(filter, scale) as tf.Tensor4D, stride);
    return tf.add(scaled, shift) as tf.Tensor4D;
  };
}

/** Batch norm that is folded into filters and biases (see foldBatchNorm), as exported files are. */
export function foldedBatchNorm(parameters: Parameters): ConvolveAndNormalize {
  return (x, conv, norm, stride) => {
    const filter = parameter(parameters, `${conv}.weight`) as tf.Tensor4D;
    return tf.add(convolve(x, filter, stride), parameter(parameters, `${norm}.bias`));
  };
}

/** A batch norm's statistics of one batch, each [channels]. */
export interface BatchStatistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/**
 * Batch norm with the statistics of the batch: for training from scratch, and for calibrating
 * statistics that are frozen later.
 *
 * @param observe receives the statistics of each batch norm, with the unbiased variance that torch
 * stores
 */
export function observedBatchNorm(
  parameters: Parameters,
  observe?: (norm: string, statistics: BatchStatistics) => void,
): ConvolveAndNormalize {
  return (x, conv, norm, stride) => {
    const y = convolve(x, parameter(parameters, `${conv}.weight`) as tf.Tensor4D, stride);
    const statistics = batchStatistics(y);
    const count = pixelsOf(y);
    observe?.(norm, {
      mean: statistics.mean,
      variance: tf.mul(statistics.variance, count / Math.max(count - 1, 1)),
    });
    const scale = parameter(parameters, `${norm}.weight`);
    return normalizeBatch(y, scale, parameter(parameters, `${norm}.bias`));
  };
}

const pixelsOf = (y: tf.Tensor4D): number => y.shape[0] * y.shape[1] * y.shape[2];

/** Mean and biased variance of each channel over the batch and its pixels. */
function batchStatistics(y: tf.Tensor): BatchStatistics {
  const mean = tf.mean(y, [0, 1, 2]);
  const variance = tf.relu(tf.sub(tf.mean(tf.square(y), [0, 1, 2]), tf.square(mean)));
  return { mean, variance };
}

/**
 * (y - mean) / sqrt(variance + epsilon) * scale + shift with the statistics of the batch (Ioffe and
 * Szegedy 2015, arXiv 1502.03167). The custom gradient, A dy + B y + C with one A, B and C per
 * channel, needs a third of the memory passes of autodiff's.
 */
const normalizeBatch = tf.customGrad((...inputs: unknown[]) => {
  const [y, scale, shift, save] = inputs as [
    tf.Tensor4D,
    tf.Tensor,
    tf.Tensor,
    (tensors: tf.Tensor[]) => void,
  ];
  const { mean, variance } = batchStatistics(y);
  const inverse = tf.rsqrt(tf.add(variance, normEpsilon));
  const slope = tf.mul(scale, inverse);
  const value = tf.add(tf.mul(y, slope), tf.sub(shift, tf.mul(mean, slope)));
  save([y, mean, inverse, slope]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    const [y, mean, inverse, slope] = saved as [tf.Tensor4D, tf.Tensor, tf.Tensor, tf.Tensor];
    const sum = tf.sum(dy, [0, 1, 2]);
    const products = tf.sum(tf.mul(dy, y), [0, 1, 2]);
    // The sum of dy times the normalized y, expressed by y.
    const scaleGradient = tf.mul(tf.sub(products, tf.mul(mean, sum)), inverse);
    const count = pixelsOf(y);
    const b = tf.neg(tf.div(tf.mul(tf.mul(slope, inverse), scaleGradient), count));
    const c = tf.sub(tf.neg(tf.div(tf.mul(slope, sum), count)), tf.mul(b, mean));
    return [tf.add(tf.add(tf.mul(dy, slope), tf.mul(y, b)), c), scaleGradient, sum];
  };
  return { value, gradFunc };
}) as (y: tf.Tensor4D, scale: tf.Tensor, shift: tf.Tensor) => tf.Tensor4D;
