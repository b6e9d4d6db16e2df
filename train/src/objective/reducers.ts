/** Reducers: they combine the losses of triplets to one, as pytorch-metric-learning's do. */
import * as tf from "@tensorflow/tfjs-core";

/** @param losses 0 for triplets that were not chosen @param chosen 1 or 0 */
type Reducer = (losses: tf.Tensor, chosen: tf.Tensor) => tf.Tensor;

const average = (sum: tf.Tensor, count: tf.Tensor): tf.Tensor => tf.div(sum, tf.maximum(count, 1));

export const reducers = {
  /**
   * AvgNonZeroReducer, which the tutorial uses: the mean of losses above zero. It does not shrink
   * as more and more triplets satisfy the margin.
   */
  nonzero: (losses) => average(tf.sum(losses), tf.sum(tf.step(losses))),
  /** MeanReducer: the mean over chosen triplets. */
  mean: (losses, chosen) => average(tf.sum(losses), tf.sum(chosen)),
  /** SumReducer. */
  sum: (losses) => tf.sum(losses),
} as const satisfies Record<string, Reducer>;
export type ReducerName = keyof typeof reducers;
export const reducerNames = Object.keys(reducers) as [ReducerName, ...ReducerName[]];
