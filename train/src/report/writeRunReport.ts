/** Writes the reports of a finished run. */
import { existsSync } from "node:fs";
import type { Item, Neighbors, Report } from "@plumage/models";
import { storePaths, writeFileWhole, writeReport } from "@plumage/models/node";
import { readTrainLog } from "../run/trainLog.ts";
import { gatherMap } from "./gatherMap.ts";
import { gatherGrid, renderGrid } from "./neighborGrid.ts";
import { reportPage } from "./reportPage.ts";

/**
 * Writes report.json, neighbours.png and report.html to a folder of the store; the curves come from
 * its train.jsonl.
 *
 * @param items the gallery, in the order of the embeddings
 * @param retrieval their embeddings and nearest neighbors
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
  const log = existsSync(paths.trainLog) ? readTrainLog(paths.trainLog) : [];
  await writeReport(folder, report);
  await writeFileWhole(paths.neighbors, await renderGrid(grid));
  await writeFileWhole(paths.reportPage, reportPage(report, log, grid, map));
}
