/** train.jsonl: one line per iteration and one per evaluation. */
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import {
  evaluatedClassesSchema,
  PlumageError,
  retrievalMetricsSchema,
  unreadable,
} from "@plumage/models";
import { writeFileWhole } from "@plumage/models/node";
import { z } from "zod";
import { type TermName, termNames } from "../objective/index.ts";

/** Logs of older versions lack terms that came later. */
const termFields = Object.fromEntries(
  termNames.map((name) => [name, z.number().default(0)]),
) as Record<TermName, z.ZodDefault<z.ZodNumber>>;

export const trainLogEntrySchema = z.object({
  /** Counted from 1. */
  iteration: z.int().positive(),
  loss: z.number(),
  /** The terms of the loss before weighting; 0 for a term that the recipe does not have. */
  ...termFields,
  /** Triplets that the miner selected from the batch. */
  minedTriplets: z.int().nonnegative(),
  /** Accuracy of the auxiliary classifier on the batch. */
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

/** The evaluation with the highest MAP@R, which is more informative than P@1 (arXiv 2003.08505). */
export const bestEvaluation = (entries: readonly EvaluationEntry[]): EvaluationEntry | undefined =>
  entries.reduce<EvaluationEntry | undefined>(
    (best, entry) => (best && best.mapAtR >= entry.mapAtR ? best : entry),
    undefined,
  );

/** An open train.jsonl. Each entry is a single append, so that a crash leaves complete lines. */
export class TrainLog {
  readonly #file: number;

  private constructor(path: string) {
    this.#file = openSync(path, "a");
  }

  /**
   * Opens the log of a run at the given iteration. Drops later entries, which were written after
   * the checkpoint that the run resumes from; at 0 the log starts empty.
   */
  static async open(path: string, iteration: number): Promise<TrainLog> {
    const entries = iteration > 0 && existsSync(path) ? readLog(path) : [];
    const lines = entries.filter((entry) => entry.iteration <= iteration).map(toLine);
    await writeFileWhole(path, lines.join(""));
    return new TrainLog(path);
  }

  append(entry: LogEntry): void {
    writeSync(this.#file, toLine(entry));
  }

  close(): void {
    closeSync(this.#file);
  }
}

export type LogEntry = TrainLogEntry | EvaluationEntry;

export const isEvaluation = (entry: LogEntry): entry is EvaluationEntry => "evaluation" in entry;

/** Reads the iterations of a train.jsonl. */
export const readTrainLog = (path: string): TrainLogEntry[] =>
  readLog(path).filter((entry): entry is TrainLogEntry => !isEvaluation(entry));

/** Reads the evaluations of a train.jsonl, in order. */
export const readEvaluations = (path: string): EvaluationEntry[] =>
  readLog(path).filter(isEvaluation);

/**
 * Reads a train.jsonl. Ignores a last line without line break, which a crash may leave.
 *
 * @throws PlumageError "bad-file" that names the line
 */
export function readLog(path: string): LogEntry[] {
  return readLines(path).map((text, i) => {
    try {
      const json: unknown = JSON.parse(text);
      return Object.hasOwn(json as object, "evaluation")
        ? evaluationEntrySchema.parse(json)
        : trainLogEntrySchema.parse(json);
    } catch (error) {
      throw new PlumageError(
        "bad-file",
        `line ${i + 1} of ${path} is not a valid log entry`,
        "delete the file, or train from the start",
        { cause: error },
      );
    }
  });
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").slice(0, -1);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

const toLine = (entry: LogEntry): string => `${JSON.stringify(entry)}\n`;
