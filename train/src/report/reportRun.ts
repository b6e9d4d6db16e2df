/** Evaluates a finished run and its baselines, and writes the reports. */
import { existsSync } from "node:fs";
import {
  type Report,
  type RetrievalMetrics,
  retrievalMetricsSchema,
  searchSets,
} from "@plumage/models";
import { storePaths } from "@plumage/models/node";
import { classCount } from "../data/split.ts";
import { evaluatedParameters } from "../engine/average.ts";
import { evaluateEmbeddings, type NetworkEvaluation } from "../evaluation/evaluateItems.ts";
import { readNetwork } from "../run/checkpoint.ts";
import { changedRecipe } from "../run/recipeOptions.ts";
import { bestEvaluation, type EvaluationEntry, readEvaluations } from "../run/trainLog.ts";
import { evaluateBaselines } from "./baselines.ts";
import type { FinishedRun } from "./finishedRun.ts";
import { writeRunReport } from "./writeRunReport.ts";

/** Evaluates on the held-out images and writes report.json, report.html and neighbours.png. */
export async function reportRun(run: FinishedRun): Promise<Report> {
  const { name, folder, checkpoint, engine, source, testItems, started, signal } = run;
  const { architecture, settings, state, seconds } = checkpoint;
  const network = { architecture, parameters: evaluatedParameters(state) };
  const embeddings = await source.embed("this run", network, testItems, signal);
  const result = await evaluateEmbeddings(embeddings, testItems, { withOpenSet: true });
  const baselines = await evaluateBaselines(run, result);
  const { metrics, neighbors, openSet, calibration } = result.embedding;

  const logFile = storePaths(folder).trainLog;
  const evaluations = existsSync(logFile) ? readEvaluations(logFile) : [];
  const report: Report = {
    format: "plumage-report/1",
    name,
    command: ["npm run train --", ...process.argv.slice(2)].join(" "),
    dataset: describeDataset(run, result),
    architecture,
    recipe: {
      name: settings.recipe,
      ...changedRecipe(settings.recipe, settings.changes),
      ...settings,
    },
    seed: settings.seed,
    device: engine.description,
    iterations: state.iteration,
    started: started.toISOString(),
    seconds,
    imagesPerSecond: (state.iteration * settings.batch) / seconds,
    metrics,
    ...(openSet ? { openSet } : {}),
    ...(calibration ? { calibration } : {}),
    pooledMetrics: result.pooled.metrics,
    start: baselines.start ?? null,
    baselines: { rawPixels: baselines.rawPixels, untrained: baselines.untrained },
    best: await describeBest(run, evaluations, metrics),
    curve: curveOf(evaluations, {
      start: baselines.start?.metrics ?? baselines.untrained,
      iterations: state.iteration,
      end: metrics,
    }),
  };
  await writeRunReport(folder, report, testItems, { ...embeddings, neighbors });
  return report;
}

function describeDataset(
  { info, trainItems, testItems }: FinishedRun,
  { embedding: { queries, loneQueries } }: NetworkEvaluation,
): Report["dataset"] {
  const hasRoles = testItems.some(({ role }) => role);
  return {
    ...info,
    train: { classes: classCount(trainItems), items: trainItems.length },
    test: {
      classes: classCount(testItems),
      items: testItems.length,
      queries,
      loneQueries,
      ...(hasRoles ? { references: searchSets(testItems).references.length } : {}),
    },
  };
}

/** The best checkpoint and its held-out metrics, evaluated only if they are not known already. */
async function describeBest(
  { folder, checkpoint, source, testItems, signal }: FinishedRun,
  evaluations: readonly EvaluationEntry[],
  lastMetrics: RetrievalMetrics,
): Promise<Report["best"]> {
  const best = bestEvaluation(evaluations);
  if (!best) return null;
  const { iteration, evaluation: chosenBy } = best;
  if (iteration === checkpoint.state.iteration)
    return { iteration, chosenBy, metrics: lastMetrics };
  if (chosenBy === "held-out")
    return { iteration, chosenBy, metrics: retrievalMetricsSchema.parse(best) };
  const network = await readNetwork(storePaths(folder).bestCheckpoint);
  const embeddings = await source.embed("the best checkpoint", network, testItems, signal);
  const { embedding } = await evaluateEmbeddings(embeddings, testItems);
  return { iteration, chosenBy, metrics: embedding.metrics };
}

/**
 * The metrics over the run. On the held-out classes, the report's own evaluations are the first and
 * the last point.
 */
function curveOf(
  evaluations: readonly EvaluationEntry[],
  {
    start,
    iterations,
    end,
  }: { start: RetrievalMetrics; iterations: number; end: RetrievalMetrics },
): Report["curve"] {
  const points = evaluations.map(({ iteration, ...metrics }) => ({
    iteration,
    ...retrievalMetricsSchema.parse(metrics),
  }));
  if (evaluations.some(({ evaluation }) => evaluation === "validation")) return points;
  const between = points.filter(({ iteration }) => iteration < iterations);
  return [{ iteration: 0, ...start }, ...between, { iteration: iterations, ...end }];
}
