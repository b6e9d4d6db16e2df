/**
 * ArcFace (Deng et al. 2019, arXiv 1801.07698, equation 3): softmax over the cosines with a trained
 * center of each class, where the angle to the own center counts as larger by a margin. With
 * several centers per class it is sub-center ArcFace (Deng et al. 2020, ECCV, section 3.2), which
 * is robust to wrong labels: each image is compared with the nearest center of a class.
 */
import * as tf from "@tensorflow/tfjs-core";
import { classificationLoss } from "./classification.ts";
import { unitRows } from "./pairs.ts";

export interface ArcFaceOptions {
  /** An angle in degrees; 28.6 (0.5 rad) in the paper. */
  readonly margin: number;
  /** s in the paper, the scale of the cosines; 64 there. */
  readonly scale: number;
  /** Centers per class. */
  readonly centers: number;
}

/**
 * Equals pytorch-metric-learning's `ArcFaceLoss(classes, D, margin, scale)`, and for more centers
 * `SubCenterArcFaceLoss`.
 *
 * @param embeddings unit length, [B, D]
 * @param labels int32 [B]
 * @param centers of any length, class by class, [classes * options.centers, D]
 */
export function arcFaceLoss(
  embeddings: tf.Tensor2D,
  labels: tf.Tensor1D,
  centers: tf.Tensor2D,
  options: ArcFaceOptions,
): tf.Scalar {
  const classes = centers.shape[0] / options.centers;
  const all = tf.matMul(embeddings, unitRows(centers), false, true);
  const cosines = tf.max(tf.reshape(all, [-1, classes, options.centers]), 2) as tf.Tensor2D;
  const own = tf.cast(tf.oneHot(labels, classes), "float32");
  const target = tf.sum(tf.mul(cosines, own), 1, true);
  const change = tf.sub(withMargin(target, (options.margin * Math.PI) / 180), target);
  const logits = tf.add(cosines, tf.mul(own, change)) as tf.Tensor2D;
  return classificationLoss(logits, labels, { temperature: 1 / options.scale, smoothing: 0 });
}

/**
 * cos(angle + margin). Where that would rise again, beyond 180 degrees, a linear continuation as in
 * the authors' code. @param margin in radians
 */
function withMargin(cosine: tf.Tensor, margin: number): tf.Tensor {
  // The floor keeps the gradient finite where an embedding is its class's center.
  const sine = tf.sqrt(tf.maximum(tf.sub(1, tf.square(cosine)), 1e-6));
  return tf.where(
    tf.greaterEqual(cosine, -Math.cos(margin)),
    tf.sub(tf.mul(cosine, Math.cos(margin)), tf.mul(sine, Math.sin(margin))),
    tf.sub(cosine, margin * Math.sin(margin)),
  );
}
