/**
 * train.jsonl: one line an iteration, what the loss was made of and how fast it went, and one for
 * each evaluation.
 */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { evaluatedClassesSchema, PlumageError, retrievalMetricsSchema } from "@plumage/models";
import { writeFileWhole } from "@plumage/models/node";
import { z } from "zod";

export const trainLogEntrySchema = z.object({
  /** Counted from 1. */
  iteration: z.int().positive(),
  loss: z.number(),
  /**
   * The parts of the loss before the recipe weighs them; 0 for a part that the recipe does not
   * have.
   */
  classification: z.number(),
  triplet: z.number(),
  contrastive: z.number(),
  /** Triplets of the batch that the miner kept. */
  minedTriplets: z.int().nonnegative(),
  /** Share of the batch that the auxiliary classifier got right. */
  accuracy: z.number().min(0).max(1),
  /** Learning rate. */
  rate: z.number().nonnegative(),
  imagesPerSecond: z.number().nonnegative(),
  /** Share of the iteration spent waiting for images. */
  waitedShare: z.number().min(0).max(1),
  /** Seconds of training so far, over all resumed parts. */
  seconds: z.number().nonnegative(),
});
export type TrainLogEntry = z.infer<typeof trainLogEntrySchema>;

export const evaluationEntrySchema = retrievalMetricsSchema.extend({
  iteration: z.int().nonnegative(),
  evaluation: evaluatedClassesSchema,
  /** Seconds of training so far, without evaluations. */
  seconds: z.number().nonnegative(),
});
export type EvaluationEntry = z.infer<typeof evaluationEntrySchema>;

/** By MAP@R, which tells more than P@1 (arXiv 2003.08505); of equals the earlier. */
export const bestEvaluation = (entries: readonly EvaluationEntry[]): EvaluationEntry | undefined =>
  entries.reduce<EvaluationEntry | undefined>(
    (best, entry) => (best && best.mapAtR >= entry.mapAtR ? best : entry),
    undefined,
  );

/**
 * An open train.jsonl. Each entry is one write to a file opened for appending, so a crash leaves
 * whole lines.
 */
export class TrainLog {
  readonly #file: number;

  private constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  /**
   * Opens the log of a run that stands at `iteration`: lines past it (written after the checkpoint
   * that the run goes on from) are taken away, so that each iteration stands there once. At 0 the
   * log starts empty.
   */
  static async open(path: string, iteration: number): Promise<TrainLog> {
    const kept = iteration > 0 && existsSync(path) ? readLog(path) : [];
    const lines = kept.filter((entry) => entry.iteration <= iteration).map(line);
    await writeFileWhole(path, lines.join(""));
    return new TrainLog(path);
  }

  append(entry: LogEntry): void {
    writeSync(this.#file, line(entry));
  }

  close(): void {
    closeSync(this.#file);
  }
}

export type LogEntry = TrainLogEntry | EvaluationEntry;

export const isEvaluation = (entry: LogEntry): entry is EvaluationEntry => "evaluation" in entry;

/** Reads the iterations of a train.jsonl, as `readLog` does. */
export const readTrainLog = (path: string): TrainLogEntry[] =>
  readLog(path).filter((entry): entry is TrainLogEntry => !isEvaluation(entry));

/** Reads the evaluations of a train.jsonl, in order, as `readLog` does. */
export const readEvaluations = (path: string): EvaluationEntry[] =>
  readLog(path).filter(isEvaluation);

/**
 * Reads a train.jsonl. A last line without its end, as a crash in mid-write may leave it, is passed
 * over.
 *
 * @throws PlumageError "bad-file" that names the line
 */
export function readLog(path: string): LogEntry[] {
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((text, i) => {
    try {
      const json: unknown = JSON.parse(text);
      return Object.hasOwn(json as object, "evaluation")
        ? evaluationEntrySchema.parse(json)
        : trainLogEntrySchema.parse(json);
    } catch (error) {
      const hint = "delete the file, or train from the start";
      throw new PlumageError(
        "bad-file",
        `line ${i + 1} of ${path} is not an entry of a training log`,
        hint,
        {
          cause: error,
        },
      );
    }
  });
}

const line = (entry: LogEntry): string => `${JSON.stringify(entry)}\n`;
