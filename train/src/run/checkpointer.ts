/** Decides when a run's checkpoint is written, and writes it. */
import { type DatasetInfo, type Item, wholeNetwork } from "@plumage/models";
import { storePaths } from "@plumage/models/node";
import { evaluatedParameters } from "../engine/average.ts";
import type { TrainingState } from "../engine/engine.ts";
import { calibrateOnItems } from "../evaluation/calibration.ts";
import { type Checkpoint, writeBestCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { assertFinite, type LastCheckpoint } from "./divergence.ts";

const intervalMs = 60_000;
/** Writing takes at most this share of the time. */
const maxShareOfTime = 1 / 50;

export interface CheckpointerOptions {
  readonly folder: string;
  readonly dataset: DatasetInfo;
  /** The training items. */
  readonly items: readonly Item[];
  /** Whether batch-norm statistics must be calibrated before the network can be evaluated. */
  readonly calibrate: boolean;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #last: Checkpoint;
  #savedAt = performance.now();
  #tookMs = 0;

  constructor(start: Checkpoint, options: CheckpointerOptions) {
    this.#last = start;
    this.#options = options;
  }

  get last(): Checkpoint {
    return this.#last;
  }

  /** Where the last checkpoint is, for error messages. */
  get onDisk(): LastCheckpoint {
    const path = storePaths(this.#options.folder).checkpoint;
    return { path, iteration: this.#last.state.iteration };
  }

  isDue(): boolean {
    const interval = Math.max(intervalMs, this.#tookMs / maxShareOfTime);
    return performance.now() - this.#savedAt > interval;
  }

  /**
   * Writes a checkpoint.
   *
   * @param seconds of training so far
   * @throws PlumageError "diverged" for a state with NaN or infinite values; the previous
   *   checkpoint stays
   */
  async save(state: TrainingState, seconds: number): Promise<void> {
    const started = performance.now();
    const { folder, dataset, items, calibrate } = this.#options;
    const { architecture, settings } = this.#last;
    assertFinite(state, this.onDisk);
    const evaluated = evaluatedParameters(state);
    const parameters = calibrate
      ? await calibrateOnItems(wholeNetwork(architecture), evaluated, items)
      : evaluated;
    const saved = { ...state, [state.average ? "average" : "parameters"]: parameters };
    const checkpoint = { architecture, settings, seconds, state: saved };
    assertFinite(checkpoint.state, this.onDisk);
    await writeCheckpoint(folder, checkpoint, dataset);
    this.#last = checkpoint;
    this.#savedAt = performance.now();
    this.#tookMs = this.#savedAt - started;
  }

  /** Stores the last checkpoint as the best so far. */
  saveBest(): Promise<void> {
    return writeBestCheckpoint(this.#options.folder, this.#last, this.#options.dataset);
  }
}
