/**
 * The network as plain functions on tfjs tensors. An eager backend executes them, the recorder
 * traces them to ONNX; this is the only definition.
 *
 * ResNet: He et al. 2016 (arXiv 1512.03385) in torchvision's v1.5 layout. CGD: Jun et al. 2019
 * (arXiv 1903.10663).
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Architecture, Descriptor } from "./architecture.ts";
import { type ConvolveAndNormalize, frozenBatchNorm } from "./batchNorm.ts";
import type { EncoderHead, NetworkArchitecture } from "./encoderHead.ts";
import { layerNorm, linear, type Parameters, parameter } from "./layers.ts";
import { headPrefix, stageStride } from "./parameters.ts";

/** ImageNet's pixel statistics from torchvision, for pixels in [0, 1]. */
const imageNetMean = [0.485, 0.456, 0.406];
const imageNetStd = [0.229, 0.224, 0.225];

/** Lower bounds as in torch: of GeM's mean before the root, and of a squared length. */
const gemFloor = 1e-6;
const lengthFloor = 1e-12;

/** GeM's exponent, fixed as in the CGD paper. */
const gemPower = 3;

/** Normalizes 8-bit RGB images, int32 [N, S, S, 3] in 0..255, to float32. */
function normalizePixels(images: tf.Tensor4D): tf.Tensor4D {
  const scale = tf.tensor1d(imageNetStd.map((std) => 1 / (255 * std)));
  const shift = tf.tensor1d(imageNetMean.map((mean, i) => -mean / imageNetStd[i]!));
  return tf.add(tf.mul(tf.cast(images, "float32"), scale), shift);
}

/**
 * The backbone.
 *
 * @param images int32 [N, S, S, 3]
 * @returns float32 [N, S / 32, S / 32, 32 * width]; S / 16 if the last stride is 1
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
      const reduced = tf.relu(convolveAndNormalize(x, `${prefix}.conv1`, `${prefix}.bn1`, 1));
      const spatial = tf.relu(
        convolveAndNormalize(reduced, `${prefix}.conv2`, `${prefix}.bn2`, stride),
      );
      x = tf.relu(
        tf.add(convolveAndNormalize(spatial, `${prefix}.conv3`, `${prefix}.bn3`, 1), shortcut),
      );
    }
  });
  return x;
}

/** The global descriptors of a feature map: [N, h, w, C] to [N, C] (CGD paper, equation 1). */
const pooling: Record<Descriptor, (map: tf.Tensor4D) => tf.Tensor2D> = {
  S: (map) => tf.mean(map, [1, 2]),
  M: (map) => tf.max(map, [1, 2]),
  G: (map) => {
    const mean = tf.mean(tf.mul(map, tf.square(map)), [1, 2]);
    return tf.pow(tf.maximum(mean, gemFloor), 1 / gemPower);
  },
};

/** The pooled vector of a descriptor, [N, channels]. */
type Pooled = (descriptor: Descriptor) => tf.Tensor2D;

/** The descriptors of a feature map, [N, h, w, C]. */
const ofMap =
  (map: tf.Tensor4D): Pooled =>
  (descriptor) =>
    pooling[descriptor](map);

/** The descriptors among an encoder's features, [N, features * channels]. */
const ofFeatures =
  ({ features, channels }: EncoderHead, values: tf.Tensor2D): Pooled =>
  (descriptor) =>
    tf.slice(values, [0, features.indexOf(descriptor) * channels], [-1, channels]);

/**
 * The CGD head: each descriptor passes a Linear without bias and a LayerNorm; the results are
 * concatenated and normalized to unit length.
 *
 * @returns float32 [N, dimension]
 */
function headEmbedding(
  { descriptors }: Pick<NetworkArchitecture, "descriptors">,
  parameters: Parameters,
  pooled: Pooled,
): tf.Tensor2D {
  const parts = descriptors.map((descriptor) => {
    const prefix = headPrefix(descriptor);
    const projected = linear(pooled(descriptor), parameter(parameters, `${prefix}.linear.weight`));
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

/** The embedding of a feature map, [N, h, w, C], by the CGD head. @returns [N, dimension] */
export const embedding = (
  architecture: Architecture,
  parameters: Parameters,
  map: tf.Tensor4D,
): tf.Tensor2D => headEmbedding(architecture, parameters, ofMap(map));

/** What losses are computed from. */
export interface NetworkOutputs {
  /** Unit length, [N, dimension]. */
  readonly embeddings: tf.Tensor2D;
  /** Average-pooled features of the backbone, [N, channels]. */
  readonly pooled: tf.Tensor2D;
}

/**
 * The network up to what losses are computed from.
 *
 * @param convolveAndNormalize as in featureMap; a head has no use for it
 * @param input images int32 [N, S, S, 3]; of a head, features float32 [N, features * channels]
 */
export function networkOutputs(
  architecture: NetworkArchitecture,
  parameters: Parameters,
  convolveAndNormalize: ConvolveAndNormalize,
  input: tf.Tensor,
): NetworkOutputs {
  const pooled =
    architecture.name === "encoder-head"
      ? ofFeatures(architecture, input as tf.Tensor2D)
      : ofMap(featureMap(architecture, convolveAndNormalize, input as tf.Tensor4D));
  return { embeddings: headEmbedding(architecture, parameters, pooled), pooled: pooled("S") };
}

/** The pooled vectors of a feature map side by side: what a head on it is trained on. */
export const encoderFeatures = (
  descriptors: readonly Descriptor[],
  map: tf.Tensor4D,
): tf.Tensor2D => {
  const parts = descriptors.map(ofMap(map));
  return parts.length === 1 ? parts[0]! : (tf.concat(parts, 1) as tf.Tensor2D);
};

/** Logits of the auxiliary classifier, [N, classes], from average-pooled features. */
export function classLogits(parameters: Parameters, pooled: tf.Tensor2D): tf.Tensor2D {
  const weighted = linear(pooled, parameter(parameters, "classifier.weight"));
  return tf.add(weighted, parameter(parameters, "classifier.bias"));
}

/** The whole embedder: images int32 [N, S, S, 3] to embeddings float32 [N, dimension]. */
export const embed = (
  architecture: Architecture,
  parameters: Parameters,
  images: tf.Tensor4D,
  batchNorm: (parameters: Parameters) => ConvolveAndNormalize = frozenBatchNorm,
): tf.Tensor2D =>
  embedding(architecture, parameters, featureMap(architecture, batchNorm(parameters), images));
