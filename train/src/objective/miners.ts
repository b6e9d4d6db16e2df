/** The miners: which triplets of a batch the loss is taken over. */
import * as tf from "@tensorflow/tfjs-core";
import { pairMasks } from "./pairs.ts";

/**
 * Triplets of a batch: each weighs 1 or 0, and has an excess d(a, p) - d(a, n). The shapes are
 * equal.
 */
export interface Triplets {
  readonly excess: tf.Tensor;
  readonly chosen: tf.Tensor;
}

/** @param distance [B, B] @param labels int32 [B] @param margin the loss's own */
type Miner = (distance: tf.Tensor2D, labels: tf.Tensor1D, margin: number) => Triplets;

/** Larger than any distance of unit vectors. */
const far = 10;

const asFloat = (mask: tf.Tensor): tf.Tensor => tf.cast(mask, "float32");

/**
 * All triplets of a batch, [anchor, positive, negative], of which some are chosen by their excess.
 */
const byExcess =
  (choose: (excess: tf.Tensor, margin: number) => tf.Tensor): Miner =>
  (distance, labels, margin) => {
    const count = labels.shape[0];
    const { positive, negative } = pairMasks(labels);
    const excess = tf.sub(
      tf.reshape(distance, [count, count, 1]),
      tf.reshape(distance, [count, 1, count]),
    );
    const triplets = tf.mul(
      tf.reshape(positive, [count, count, 1]),
      tf.reshape(negative, [count, 1, count]),
    );
    return { excess, chosen: tf.mul(triplets, choose(excess, margin)) };
  };

/** Each anchor with its farthest positive and its nearest negative, [anchor]. */
const hardestOfEach: Miner = (distance, labels) => {
  const { positive, negative } = pairMasks(labels);
  const farthest = tf.max(tf.sub(distance, tf.mul(tf.sub(1, positive), far)), 1);
  const nearest = tf.min(tf.add(distance, tf.mul(tf.sub(1, negative), far)), 1);
  const hasBoth = tf.mul(tf.max(positive, 1), tf.max(negative, 1));
  return { excess: tf.sub(farthest, nearest), chosen: hasBoth };
};

export const miners = {
  /**
   * The negative is as near as the positive or nearer: the tutorial's, pytorch-metric-learning's
   * TripletMarginMiner "hard".
   */
  hard: byExcess((excess) => asFloat(tf.greaterEqual(excess, 0))),
  /**
   * The negative is farther than the positive, but by no more than the margin (Schroff et al. 2015,
   * arXiv 1503.03832, section 3.2): TripletMarginMiner "semihard".
   */
  semihard: byExcess((excess, margin) =>
    tf.sub(asFloat(tf.greaterEqual(excess, -margin)), asFloat(tf.greaterEqual(excess, 0))),
  ),
  /** Every triplet that violates the margin: TripletMarginMiner "all". */
  all: byExcess((excess, margin) => asFloat(tf.greaterEqual(excess, -margin))),
  /** Hermans et al. 2017, arXiv 1703.07737, equation 5: BatchHardMiner. */
  "batch-hard": hardestOfEach,
} as const satisfies Record<string, Miner>;
export type MinerName = keyof typeof miners;
export const minerNames = Object.keys(miners) as [MinerName, ...MinerName[]];
