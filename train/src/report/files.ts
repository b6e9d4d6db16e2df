/** Writes everything that people look at after a run. */
import { existsSync } from "node:fs";
import type { Item, Neighbors, Report } from "@plumage/models";
import { storePaths, writeFileWhole, writeReport } from "@plumage/models/node";
import { readTrainLog } from "../run/trainLog.ts";
import { gatherMap } from "./gatherMap.ts";
import { reportPage } from "./html.ts";
import { gatherGrid, renderGrid } from "./neighbors.ts";

/**
 * Writes report.json, neighbours.png and report.html into a folder of the store, with the curves of
 * the train.jsonl that stands there.
 *
 * @param items the gallery, in the order of the embeddings
 * @param retrieval their embeddings, and the neighbors that `evaluate` found by them
 */
export async function writeRunReport(
  folder: string,
  report: Report,
  items: readonly Item[],
  retrieval: { readonly neighbors: Neighbors; readonly embeddings: Float32Array },
): Promise<void> {
  const grid = await gatherGrid(items, retrieval.neighbors, report.dataset);
  const { embeddings } = retrieval;
  const map = await gatherMap(items, embeddings, embeddings.length / items.length, report.seed);
  const paths = storePaths(folder);
  const logFile = paths.trainLog;
  const log = existsSync(logFile) ? readTrainLog(logFile) : [];
  await writeReport(folder, report);
  await writeFileWhole(paths.neighbors, await renderGrid(grid));
  await writeFileWhole(paths.reportPage, reportPage(report, log, grid, map));
}
