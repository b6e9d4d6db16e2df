/**
 * What an engine is: something that runs the training step on a device. The step itself is
 * program/step.ts for all of them.
 */
import type { Architecture, ParameterValues } from "@plumage/models";
import type { StepMetricName } from "../objective/index.ts";
import type { StepOptions } from "../program/step.ts";

/**
 * Everything that a step changes; with it a run can go on where it stopped. Values as torch lays
 * them out.
 */
export interface TrainingState {
  /** Steps done. */
  readonly iteration: number;
  readonly parameters: ParameterValues;
  /** Adam's moving averages of the gradients and of their squares, by trained parameter. */
  readonly expAvg: ParameterValues;
  readonly expAvgSq: ParameterValues;
}

export interface TrainingPlan {
  readonly architecture: Architecture;
  readonly options: StepOptions;
  /** Images in a batch. */
  readonly batch: number;
  /**
   * Images that pass through the network at a time, a divisor of the batch; with frozen batch norm
   * alone. Default: all.
   */
  readonly microBatch?: number;
}

export interface Batch {
  /** RGB bytes, [batch, S, S, 3]. */
  readonly images: Uint8Array;
  /** Class numbers, [batch]. */
  readonly labels: Int32Array;
}

export interface TrainingRun {
  /** One step with this learning rate; the metrics are those before the update. */
  step(batch: Batch, rate: number): Promise<Record<StepMetricName, number>>;
  /**
   * The state after the last step. The arrays are the engine's own until close(): copy what must
   * outlive a step.
   */
  state(): Promise<TrainingState>;
  close(): Promise<void>;
}

export interface Engine {
  /** Name, device and threads, for people. */
  readonly description: string;
  start(plan: TrainingPlan, state: TrainingState): Promise<TrainingRun>;
}
