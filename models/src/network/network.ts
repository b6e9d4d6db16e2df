/**
 * The network, once and for all: plain functions on tfjs tensors. An eager backend computes with
 * them, the recorder writes them down as ONNX; there is no second definition.
 *
 * ResNet: He et al. 2016 (arXiv 1512.03385) in torchvision's v1.5 layout. CGD: Jun et al. 2019
 * (arXiv 1903.10663).
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Architecture, Descriptor } from "./architecture.ts";
import { headPrefix, normEpsilon, stageStride } from "./parameters.ts";

/**
 * Tensors by parameter name: filters as [height, width, in, out], matrices as [out, in], vectors as
 * [length].
 */
export type Parameters = Readonly<Record<string, tf.Tensor>>;

/**
 * A convolution followed by its batch norm; pads are explicit and symmetric, (side - 1) / 2, as in
 * torchvision.
 */
export type ConvolveAndNormalize = (
  x: tf.Tensor4D,
  conv: string,
  norm: string,
  stride: number,
) => tf.Tensor4D;

/** torchvision's pixel statistics of ImageNet, for pixels in [0, 1]. */
const imageNetMean = [0.485, 0.456, 0.406];
const imageNetDeviation = [0.229, 0.224, 0.225];

/**
 * torch's epsilons: the clamp under GeM's root 1e-6, normalize 1e-12; see normEpsilon for the
 * norms.
 */
const gemFloor = 1e-6;
const lengthFloor = 1e-12;

/** GeM's exponent, fixed as in the CGD paper. */
const gemPower = 3;

/** 8-bit RGB images, int32 [N, S, S, 3] in 0..255, to the network's float input. */
export function normalizePixels(images: tf.Tensor4D): tf.Tensor4D {
  const scale = tf.tensor1d(imageNetDeviation.map((deviation) => 1 / (255 * deviation)));
  const shift = tf.tensor1d(imageNetMean.map((mean, i) => -mean / imageNetDeviation[i]!));
  return tf.add(tf.mul(tf.cast(images, "float32"), scale), shift);
}

/**
 * Batch norm with its statistics frozen: a scale and a shift for each channel. The scale goes to
 * the filter or, where that holds more numbers (deep layers, small images), to the convolution's
 * output; so do their gradients.
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

/**
 * Batch norm folded into the stored filters and biases already (see foldBatchNorm): what an
 * exported file holds.
 */
export function foldedBatchNorm(parameters: Parameters): ConvolveAndNormalize {
  return (x, conv, norm, stride) => {
    const filter = parameter(parameters, `${conv}.weight`) as tf.Tensor4D;
    return tf.add(convolve(x, filter, stride), parameter(parameters, `${norm}.bias`));
  };
}

/**
 * A batch norm's own statistics of one batch, each [channels]; the variance is the unbiased one
 * that torch keeps.
 */
export interface BatchStatistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
}

/**
 * Batch norm by the batch's own statistics, which `observe` is shown: for training from scratch,
 * and for calibrating statistics that are frozen later.
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

/** Mean and (biased) variance of each channel over the batch and its pixels. */
function batchStatistics(y: tf.Tensor): BatchStatistics {
  const mean = tf.mean(y, [0, 1, 2]);
  const variance = tf.relu(tf.sub(tf.mean(tf.square(y), [0, 1, 2]), tf.square(mean)));
  return { mean, variance };
}

/**
 * (y - mean) / sqrt(variance + epsilon) * scale + shift with the batch's statistics (Ioffe and
 * Szegedy 2015, arXiv 1502.03167). The gradient is written out, as A dy + B y + C with numbers per
 * channel: a third of the passes over memory that autodiff would make.
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
    // Sum of dy times the normalized y, in terms of y itself.
    const scaleGradient = tf.mul(tf.sub(products, tf.mul(mean, sum)), inverse);
    const count = pixelsOf(y);
    const b = tf.neg(tf.div(tf.mul(tf.mul(slope, inverse), scaleGradient), count));
    const c = tf.sub(tf.neg(tf.div(tf.mul(slope, sum), count)), tf.mul(b, mean));
    return [tf.add(tf.add(tf.mul(dy, slope), tf.mul(y, b)), c), scaleGradient, sum];
  };
  return { value, gradFunc };
}) as (y: tf.Tensor4D, scale: tf.Tensor, shift: tf.Tensor) => tf.Tensor4D;

/**
 * Images int32 [N, S, S, 3] to the last feature map float32 [N, S/32, S/32, 32 * width] (S/16 with
 * a last stride of 1).
 */
export function featureMap(
  architecture: Architecture,
  convolveAndNormalize: ConvolveAndNormalize,
  images: tf.Tensor4D,
) {
  const stem = tf.relu(convolveAndNormalize(normalizePixels(images), "conv1", "bn1", 2));
  let x = tf.maxPool(stem, 3, 2, 1);
  architecture.blocks.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      const prefix = `layer${stage + 1}.${block}`;
      const stride = block === 0 ? stageStride(architecture, stage) : 1;
      const shortcut =
        block === 0
          ? convolveAndNormalize(x, `${prefix}.downsample.0`, `${prefix}.downsample.1`, stride)
          : x;
      const squeezed = tf.relu(convolveAndNormalize(x, `${prefix}.conv1`, `${prefix}.bn1`, 1));
      const spread = tf.relu(
        convolveAndNormalize(squeezed, `${prefix}.conv2`, `${prefix}.bn2`, stride),
      );
      x = tf.relu(
        tf.add(convolveAndNormalize(spread, `${prefix}.conv3`, `${prefix}.bn3`, 1), shortcut),
      );
    }
  });
  return x;
}

/** The global descriptors of a feature map [N, h, w, C], each [N, C] (CGD paper, equation 1). */
const pooling: Record<Descriptor, (map: tf.Tensor4D) => tf.Tensor2D> = {
  S: (map) => tf.mean(map, [1, 2]),
  M: (map) => tf.max(map, [1, 2]),
  G: (map) => {
    const mean = tf.mean(tf.mul(map, tf.square(map)), [1, 2]);
    return tf.pow(tf.maximum(mean, gemFloor), 1 / gemPower);
  },
};

/**
 * The embedding of a feature map: each descriptor through a Linear without bias and a LayerNorm,
 * concatenated and brought to unit length. Float32 [N, dimension].
 */
export function embedding(
  architecture: Architecture,
  parameters: Parameters,
  map: tf.Tensor4D,
): tf.Tensor2D {
  const parts = architecture.descriptors.map((descriptor) => {
    const prefix = headPrefix(descriptor);
    const projected = linear(
      pooling[descriptor](map),
      parameter(parameters, `${prefix}.linear.weight`),
    );
    return layerNorm(
      projected,
      parameter(parameters, `${prefix}.norm.weight`),
      parameter(parameters, `${prefix}.norm.bias`),
    );
  });
  const joined = parts.length === 1 ? parts[0]! : (tf.concat(parts, 1) as tf.Tensor2D);
  const squaredLength = tf.sum(tf.square(joined), -1, true);
  return tf.mul(joined, tf.rsqrt(tf.maximum(squaredLength, lengthFloor)));
}

/** Average-pooled backbone features [N, 32 * width]. */
export const pooledFeatures = (map: tf.Tensor4D): tf.Tensor2D => pooling.S(map);

/** Logits of the auxiliary classifier on the average-pooled features: [N, classes]. */
export function classLogits(parameters: Parameters, pooled: tf.Tensor2D): tf.Tensor2D {
  const weighted = linear(pooled, parameter(parameters, "classifier.weight"));
  return tf.add(weighted, parameter(parameters, "classifier.bias"));
}

/** Images int32 [N, S, S, 3] to embeddings float32 [N, dimension]. */
export const embed = (
  architecture: Architecture,
  parameters: Parameters,
  images: tf.Tensor4D,
  batchNorm: (parameters: Parameters) => ConvolveAndNormalize = frozenBatchNorm,
): tf.Tensor2D =>
  embedding(architecture, parameters, featureMap(architecture, batchNorm(parameters), images));

function parameter(parameters: Parameters, name: string): tf.Tensor {
  const tensor = parameters[name];
  if (!tensor) throw new Error(`parameter ${name} was not given to the network`);
  return tensor;
}

function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, stride: number): tf.Tensor4D {
  const pad = (filter.shape[0] - 1) / 2;
  return tf.conv2d(x, filter, stride, [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ]);
}

const linear = (x: tf.Tensor2D, weight: tf.Tensor): tf.Tensor2D =>
  tf.matMul(x, weight as tf.Tensor2D, false, true);

function layerNorm(x: tf.Tensor2D, weight: tf.Tensor, bias: tf.Tensor): tf.Tensor2D {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centered), -1, true);
  return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, normEpsilon))), weight), bias);
}
