/** The log of a run: train.jsonl, and the same entries for TensorBoard. */
import { join } from "node:path";
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

/** TensorBoard reads every file whose name contains "tfevents". */
const eventFileName = "events.out.tfevents.0.plumage";

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
    const path = storePaths(folder).trainLog;
    const log = await TrainLog.open(path, iteration);
    const entries = readLog(path);
    const events = await EventFile.open(join(folder, eventFileName), entries);
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

  hasEvaluation(iteration: number): boolean {
    return this.#evaluations.some((entry) => entry.iteration === iteration);
  }

  close(): void {
    this.#log.close();
    this.#events.close();
  }
}
