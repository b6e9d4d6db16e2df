/** report.json in a model's folder. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { runHint } from "../layout.ts";
import { type Report, reportSchema } from "../report.ts";
import { readJson, writeFileWhole } from "./files.ts";
import { storePaths } from "./paths.ts";

/**
 * Reads the report of a training run.
 *
 * @param folder models/store/<name>
 * @throws PlumageError "bad-file" if it is missing or invalid
 */
export const readReport = (folder: string): Promise<Report> =>
  readJson(storePaths(folder).report, reportSchema, runHint("train", basename(folder)));

/** The report, or undefined if the run has not been evaluated. */
export const readReportIfAny = async (folder: string): Promise<Report | undefined> =>
  existsSync(storePaths(folder).report) ? readReport(folder) : undefined;

/**
 * Writes the report of a training run.
 *
 * @param folder models/store/<name>
 * @throws ZodError if the report does not match its schema
 */
export const writeReport = async (folder: string, report: Report): Promise<void> =>
  writeFileWhole(
    storePaths(folder).report,
    `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`,
  );
