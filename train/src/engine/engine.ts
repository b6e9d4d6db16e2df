/** The interface of an engine, which runs the training step (program/step.ts) on a device. */
import type { NetworkArchitecture, ParameterValues } from "@plumage/models";
import type { StepMetricName } from "../objective/index.ts";
import type { StepOptions } from "../program/step.ts";

/** Everything that a step changes, enough to resume a run. All values are in torch's layout. */
export interface TrainingState {
  /** Number of completed steps. */
  readonly iteration: number;
  readonly parameters: ParameterValues;
  /** The moving average of the parameters, if the plan asks for one. */
  readonly average?: ParameterValues;
  /** Adam's moving average of the gradient, for each trained parameter. */
  readonly expAvg: ParameterValues;
  /** Adam's moving average of the squared gradient, for each trained parameter. */
  readonly expAvgSq: ParameterValues;
}

/** What to train, and how. */
export interface TrainingPlan {
  readonly architecture: NetworkArchitecture;
  readonly options: StepOptions;
  /** Images per batch. */
  readonly batch: number;
  /**
   * Images per forward pass: a divisor of the batch, by default the whole batch. Smaller values
   * need frozen batch norm.
   */
  readonly microBatch?: number;
}

/** What one step learns from. */
export interface Batch {
  /** What the network reads: RGB bytes [batch, S, S, 3], or a head's features [batch, length]. */
  readonly input: Uint8Array | Float32Array;
  /** Class indices [batch]. */
  readonly labels: Int32Array;
}

/** A run in progress on an engine. */
export interface TrainingRun {
  /** Runs one step at this learning rate. @returns the metrics before the update */
  step(batch: Batch, rate: number): Promise<Record<StepMetricName, number>>;
  /**
   * The state after the last step. The engine owns the arrays and may overwrite them in the next
   * step, so copy what must outlive it.
   */
  state(): Promise<TrainingState>;
  /** Releases the memory of the run. */
  close(): Promise<void>;
}

/** Runs the training step on one device. */
export interface Engine {
  /** Name, device and threads, for people. */
  readonly description: string;
  /** Starts or resumes a run. The engine does not modify the given state. */
  start(plan: TrainingPlan, state: TrainingState): Promise<TrainingRun>;
}
