/** Stops training once the loss or a weight is NaN or infinite. */
import { PlumageError } from "@plumage/models";
import type { TrainingState } from "../engine/engine.ts";

/** The last checkpoint on disk. */
export interface LastCheckpoint {
  readonly path: string;
  readonly iteration: number;
}

export const divergenceError = (
  reason: string,
  { path, iteration }: LastCheckpoint,
): PlumageError =>
  new PlumageError(
    "diverged",
    `training diverged: ${reason}`,
    "train again with a lower --rate, or continue from the last checkpoint, " +
      `iteration ${iteration}, with --weights ${path}`,
  );

/** @throws PlumageError "diverged" that names a parameter with a NaN or infinite value or moment */
export function assertFinite(state: TrainingState, last: LastCheckpoint): void {
  for (const values of [state.parameters, state.average ?? [], state.expAvg, state.expAvgSq]) {
    for (const [name, data] of values) {
      // A loop is several times faster than every() over 25 million values.
      for (let i = 0; i < data.length; i++) {
        if (Number.isFinite(data[i])) continue;
        const reason = `${name} contains ${data[i]} after iteration ${state.iteration}`;
        throw divergenceError(reason, last);
      }
    }
  }
}
