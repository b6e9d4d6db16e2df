/**
 * A run whose numbers are none any more has nothing to go on with: it stops, and says what is left
 * of it.
 */
import { PlumageError } from "@plumage/models";
import type { TrainingState } from "../engine/engine.ts";

/** The checkpoint on disk. */
export interface KeptCheckpoint {
  readonly path: string;
  readonly iteration: number;
}

export const divergedAt = (what: string, { path, iteration }: KeptCheckpoint): PlumageError =>
  new PlumageError(
    "diverged",
    `training diverged: ${what}`,
    `the checkpoint of iteration ${iteration} is kept: train again with a lower --rate, or go on from it with --weights ${path}`,
  );

/**
 * @throws PlumageError "diverged" that names a parameter which is no finite number, or whose
 * moments in Adam are not
 */
export function assertFinite(state: TrainingState, kept: KeptCheckpoint): void {
  for (const values of [state.parameters, state.expAvg, state.expAvgSq]) {
    for (const [name, data] of values) {
      // A loop, not every(): there are 25 million.
      for (let i = 0; i < data.length; i++) {
        if (Number.isFinite(data[i])) continue;
        throw divergedAt(`${name} holds ${data[i]} after iteration ${state.iteration}`, kept);
      }
    }
  }
}
