/** Miners: they choose the triplets of a batch that contribute to the loss. */
import * as tf from "@tensorflow/tfjs-core";
import { pairMasks } from "./pairs.ts";

/** The triplets of a batch. Both tensors have the same shape. */
export interface Triplets {
  /** d(a, p) - d(a, n) */
  readonly excess: tf.Tensor;
  /** 1 for triplets that were chosen, else 0. */
  readonly chosen: tf.Tensor;
}

/** @param distance [B, B] @param labels int32 [B] @param margin the loss's own */
type Miner = (distance: tf.Tensor2D, labels: tf.Tensor1D, margin: number) => Triplets;

/** Larger than any distance between unit vectors. */
const far = 10;

const asFloat = (mask: tf.Tensor): tf.Tensor => tf.cast(mask, "float32");

/** All triplets of a batch, [anchor, positive, negative], chosen by their excess. */
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

/** Each anchor with its farthest positive and nearest negative, [anchor]. */
const hardestOfEach: Miner = (distance, labels) => {
  const { positive, negative } = pairMasks(labels);
  const farthest = tf.max(tf.sub(distance, tf.mul(tf.sub(1, positive), far)), 1);
  const nearest = tf.min(tf.add(distance, tf.mul(tf.sub(1, negative), far)), 1);
  const hasBoth = tf.mul(tf.max(positive, 1), tf.max(negative, 1));
  return { excess: tf.sub(farthest, nearest), chosen: hasBoth };
};

export const miners = {
  /**
   * The negative is at most as far as the positive: pytorch-metric-learning's TripletMarginMiner
   * "hard", which its tutorial uses.
   */
  hard: byExcess((excess) => asFloat(tf.greaterEqual(excess, 0))),
  /**
   * The negative is farther than the positive, by at most the margin (Schroff et al. 2015, arXiv
   * 1503.03832, section 3.2): TripletMarginMiner "semihard".
   */
  semihard: byExcess((excess, margin) =>
    tf.sub(asFloat(tf.greaterEqual(excess, -margin)), asFloat(tf.greaterEqual(excess, 0))),
  ),
  /** Every triplet that violates the margin: TripletMarginMiner "all". */
  all: byExcess((excess, margin) => asFloat(tf.greaterEqual(excess, -margin))),
  /**
   * The farthest positive and nearest negative of each anchor (Hermans et al. 2017, arXiv
   * 1703.07737, equation 5): BatchHardMiner.
   */
  "batch-hard": hardestOfEach,
} as const satisfies Record<string, Miner>;
export type MinerName = keyof typeof miners;
export const minerNames = Object.keys(miners) as [MinerName, ...MinerName[]];
