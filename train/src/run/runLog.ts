/** The log of a run: train.jsonl, and the same entries for TensorBoard. */
import { storePaths } from "@plumage/models/node";
import { EventFile } from "./eventFile.ts";
import {
  bestEvaluation,
  type EvaluationEntry,
  isEvaluation,
  type LogEntry,
  readLog,
  TrainLog,
} from "./trainLog.ts";

export class RunLog {
  readonly #log: TrainLog;
  readonly #events: EventFile;
  readonly #evaluations: EvaluationEntry[];

  private constructor(log: TrainLog, events: EventFile, evaluations: EvaluationEntry[]) {
    this.#log = log;
    this.#events = events;
    this.#evaluations = evaluations;
  }

  /** Opens the log of a run at the given iteration and drops later entries. */
  static async open(folder: string, iteration: number): Promise<RunLog> {
    const paths = storePaths(folder);
    const log = await TrainLog.open(paths.trainLog, iteration);
    const entries = readLog(paths.trainLog);
    const events = await EventFile.open(paths.events, entries);
    return new RunLog(log, events, entries.filter(isEvaluation));
  }

  append(entry: LogEntry): void {
    this.#log.append(entry);
    this.#events.append(entry);
    if (isEvaluation(entry)) this.#evaluations.push(entry);
  }

  /** Whether this evaluation would be the best of the run. */
  isBest(entry: EvaluationEntry): boolean {
    return bestEvaluation([...this.#evaluations, entry]) === entry;
  }

  /** Whether the last `patience` evaluations were all no better than the best before them. */
  hasStalled(patience: number): boolean {
    const best = bestEvaluation(this.#evaluations);
    return best
      ? this.#evaluations.length - 1 - this.#evaluations.indexOf(best) >= patience
      : false;
  }

  hasEvaluation(iteration: number): boolean {
    return this.#evaluations.some((entry) => entry.iteration === iteration);
  }

  close(): void {
    this.#log.close();
    this.#events.close();
  }
}
