/**
 * What follows training: held-out figures of the run and of what it has to beat, and the report.
 */

import { existsSync } from "node:fs";
import {
  type DatasetInfo,
  type Item,
  type Report,
  type RetrievalMetrics,
  retrievalMetricsSchema,
  searchSets,
} from "@plumage/models";
import { storePaths } from "@plumage/models/node";
import type { Engine } from "../engine/engine.ts";
import { type Checkpoint, readNetwork } from "../run/checkpoint.ts";
import {
  classCount,
  embedItems,
  evaluateEmbedded,
  evaluateNetwork,
  evaluateRawPixels,
  untrainedParameters,
} from "../run/heldOut.ts";
import { changedRecipe } from "../run/recipeOptions.ts";
import { bestEvaluation, type EvaluationEntry, readEvaluations } from "../run/trainLog.ts";
import { firstParameters } from "../weights/initialWeights.ts";
import { writeRunReport } from "./files.ts";

export interface FinishedRun {
  readonly name: string;
  readonly folder: string;
  readonly checkpoint: Checkpoint;
  readonly engine: Engine;
  readonly info: DatasetInfo;
  readonly trainItems: readonly Item[];
  readonly testItems: readonly Item[];
  readonly started: Date;
  readonly signal: AbortSignal;
}

/** Evaluates and writes report.json, report.html and neighbours.png. */
export async function reportRun(run: FinishedRun): Promise<Report> {
  const { name, folder, checkpoint, engine, info, trainItems, testItems, started, signal } = run;
  const { architecture, settings, state, seconds } = checkpoint;
  const rawPixels = await evaluateRawPixels(testItems, architecture.imageSize);
  const random = await untrainedParameters(architecture, settings.seed, trainItems);
  const untrained = await evaluateNetwork(
    "the untrained network",
    architecture,
    random,
    testItems,
    signal,
  );
  const first =
    settings.weights === "none"
      ? undefined
      : await firstParameters(settings.weights, architecture, settings.seed);
  const begun =
    first &&
    (await evaluateNetwork(
      "the starting checkpoint",
      architecture,
      first.parameters,
      testItems,
      signal,
    ));
  const network = { architecture, parameters: state.parameters };
  const embedded = await embedItems("this run", network, testItems, signal);
  const result = await evaluateEmbedded(embedded, testItems);

  const logPath = storePaths(folder).trainLog;
  const evaluations = existsSync(logPath) ? readEvaluations(logPath) : [];
  const { embedding, pooled } = result;
  const begunMetrics = (begun ?? untrained).embedding.metrics;
  /** The best checkpoint's held-out figures; chosen by them, it need not be evaluated again. */
  const bestOf = async (entries: readonly EvaluationEntry[]): Promise<Report["best"]> => {
    const chosen = bestEvaluation(entries);
    if (!chosen) return null;
    const { iteration, evaluation } = chosen;
    if (iteration === state.iteration)
      return { iteration, chosenBy: evaluation, metrics: embedding.metrics };
    if (evaluation === "held-out") {
      return { iteration, chosenBy: evaluation, metrics: retrievalMetricsSchema.parse(chosen) };
    }
    const best = await readNetwork(storePaths(folder).bestCheckpoint);
    const found = await evaluateNetwork(
      "the best checkpoint",
      architecture,
      best.parameters,
      testItems,
      signal,
    );
    return { iteration, chosenBy: evaluation, metrics: found.embedding.metrics };
  };
  const report: Report = {
    format: "plumage-report/1",
    name,
    command: ["npm run train --", ...process.argv.slice(2)].join(" "),
    dataset: {
      ...info,
      train: { classes: classCount(trainItems), items: trainItems.length },
      test: {
        classes: classCount(testItems),
        items: testItems.length,
        queries: embedding.queries,
        loneQueries: embedding.loneQueries,
        ...(testItems.some(({ role }) => role)
          ? { references: searchSets(testItems).references.length }
          : {}),
      },
    },
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
    metrics: embedding.metrics,
    pooledMetrics: pooled.metrics,
    start: begun ? { weights: settings.weights, metrics: begun.embedding.metrics } : null,
    baselines: { rawPixels: rawPixels.metrics, untrained: untrained.embedding.metrics },
    best: await bestOf(evaluations),
    curve: curveOf(evaluations, {
      start: begunMetrics,
      iterations: state.iteration,
      end: embedding.metrics,
    }),
  };
  await writeRunReport(folder, report, testItems, {
    ...embedded,
    neighbors: embedding.neighbors,
  });
  return report;
}

/**
 * Evaluations along the way. Those of the held-out classes have a start and an end that the report
 * measures anyway.
 */
function curveOf(
  evaluations: readonly EvaluationEntry[],
  {
    start,
    iterations,
    end,
  }: { start: RetrievalMetrics; iterations: number; end: RetrievalMetrics },
): Report["curve"] {
  if (evaluations.some(({ evaluation }) => evaluation === "validation")) {
    return evaluations.map(({ iteration, ...metrics }) => ({
      iteration,
      ...retrievalMetricsSchema.parse(metrics),
    }));
  }
  const between = evaluations.filter(({ iteration }) => iteration < iterations);
  return [
    { iteration: 0, ...start },
    ...between.map(({ iteration, ...metrics }) => ({
      iteration,
      ...retrievalMetricsSchema.parse(metrics),
    })),
    { iteration: iterations, ...end },
  ];
}
