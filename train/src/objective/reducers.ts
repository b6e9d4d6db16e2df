/**
 * The reducers: how the losses of the triplets become one; pytorch-metric-learning's, by its names.
 */
import * as tf from "@tensorflow/tfjs-core";

/** @param losses 0 where a triplet is not `chosen` */
type Reducer = (losses: tf.Tensor, chosen: tf.Tensor) => tf.Tensor;

const perEach = (sum: tf.Tensor, count: tf.Tensor): tf.Tensor => tf.div(sum, tf.maximum(count, 1));

export const reducers = {
  /**
   * The mean over those above zero, which do not thin out as the batch is learned:
   * AvgNonZeroReducer, the tutorial's.
   */
  nonzero: (losses) => perEach(tf.sum(losses), tf.sum(tf.step(losses))),
  /** MeanReducer. */
  mean: (losses, chosen) => perEach(tf.sum(losses), tf.sum(chosen)),
  /** SumReducer. */
  sum: (losses) => tf.sum(losses),
} as const satisfies Record<string, Reducer>;
export type ReducerName = keyof typeof reducers;
export const reducerNames = Object.keys(reducers) as [ReducerName, ...ReducerName[]];
