/** What follows training: held-out figures of the run and of what it has to beat, and the report. */
import type { DatasetInfo, Item } from "@plumage/models";
import type { Engine } from "../engine/engine.ts";
import { writeRunReport } from "../report/files.ts";
import type { Report } from "../report/report.ts";
import { firstParameters } from "../weights/first.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { classCount, evaluateNetwork, evaluateRawPixels, untrainedParameters } from "./heldOut.ts";
import { changedRecipe } from "./recipeOptions.ts";

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
  const untrained = await evaluateNetwork("the untrained network", architecture, random, testItems, signal);
  const first =
    settings.weights === "none" ? undefined : await firstParameters(settings.weights, architecture, settings.seed);
  const begun =
    first && (await evaluateNetwork("the starting checkpoint", architecture, first.parameters, testItems, signal));
  const result = await evaluateNetwork("this run", architecture, state.parameters, testItems, signal);

  const { embedding, pooled } = result;
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
      },
    },
    architecture,
    recipe: { name: settings.recipe, ...changedRecipe(settings.recipe, settings.changes), ...settings },
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
    curve: [{ iteration: state.iteration, ...embedding.metrics }],
  };
  await writeRunReport(folder, report, testItems, embedding.neighbours);
  return report;
}
