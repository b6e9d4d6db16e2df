/**
 * The training loop: batch, rate, step, log, evaluation, checkpoint; interrupted by a signal, it
 * leaves a checkpoint behind.
 */

import { join } from "node:path";
import {
  classNumbers,
  type DatasetInfo,
  type EvaluatedClasses,
  type Item,
  type ParameterValues,
} from "@plumage/models";
import { duration, progress } from "@plumage/models/cli";
import { storePaths } from "@plumage/models/node";
import { openLoader } from "../data/batches/loader.ts";
import { mPerClassSampler } from "../data/batches/sampler.ts";
import type { Engine } from "../engine/engine.ts";
import type { StepMetricName } from "../objective/index.ts";
import type { StepOptions } from "../program/step.ts";
import { type Checkpoint, clearLeftovers, writeBest, writeCheckpoint } from "./checkpoint.ts";
import { assertFinite, divergedAt } from "./divergence.ts";
import { EventFile } from "./eventFile.ts";
import { calibrated, embedItems, evaluateEmbedded } from "./heldOut.ts";
import { changedRecipe } from "./recipeOptions.ts";
import { learningRate } from "./schedule.ts";
import { bestEvaluation, isEvaluation, readLog, TrainLog } from "./trainLog.ts";

export interface TrainOptions {
  readonly engine: Engine;
  /** Images that pass through the network at a time; default: the whole batch. */
  readonly microBatch?: number;
  readonly folder: string;
  readonly dataset: DatasetInfo;
  /** The training items. */
  readonly items: readonly Item[];
  /** What is evaluated along the way, if the settings say how often. */
  readonly evaluation?: { readonly of: EvaluatedClasses; readonly items: readonly Item[] };
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

export interface TrainResult {
  readonly checkpoint: Checkpoint;
  /** False if the signal stopped it; the checkpoint is on disk then. */
  readonly finished: boolean;
}

/** TensorBoard takes every file for an event file whose name holds "tfevents". */
const eventsName = "events.out.tfevents.0.plumage";
/**
 * A checkpoint is written once a minute, but not so often that it takes more than a fiftieth of the
 * time.
 */
const checkpointEveryMs = 60_000;
const checkpointShare = 50;
/** Loader threads: at small images one keeps ahead of any step on the CPU. */
const loaderWorkers = 1;

/**
 * What the loss is made of and how fast it goes, for the progress bar; terms without weight are
 * left out.
 */
function stepWords(
  metrics: Record<StepMetricName, number>,
  { objective }: StepOptions,
  imagesPerSecond: number,
): string {
  const terms = (["classification", "triplet", "contrastive"] as const).filter(
    (term) => objective[term].weight > 0,
  );
  const parts = terms.map((term) => `${term} ${metrics[term].toFixed(3)}`).join(", ");
  return [
    `loss ${metrics.loss.toFixed(3)}${terms.length > 1 ? ` (${parts})` : ""}`,
    ...(objective.triplet.weight > 0 ? [`${metrics.minedTriplets} triplets`] : []),
    `accuracy ${metrics.accuracy.toFixed(2)}`,
    `${imagesPerSecond.toFixed(1)} images/s`,
  ].join(", ");
}

/**
 * Runs from the checkpoint's iteration to the end of its budget. A run that is stopped, or crashes,
 * and is taken up from its checkpoint gives the same numbers as one that was not.
 *
 * @throws PlumageError "diverged" if the loss or a parameter is no finite number; the last
 * checkpoint before that is on disk
 */
export async function train(start: Checkpoint, options: TrainOptions): Promise<TrainResult> {
  const { engine, folder, dataset, items, evaluation, signal, print } = options;
  const { architecture, settings } = start;
  const recipe = changedRecipe(settings.recipe, settings.changes);
  const schedule = { ...recipe.schedule, rate: settings.rate };
  const classes = classNumbers(items);
  const { seed } = settings;
  const sampler = mPerClassSampler(classes, recipe.perClass, settings.batch, seed);
  if (sampler.smallClasses > 0) {
    print(
      `${sampler.smallClasses} classes have fewer than ${recipe.perClass} images: some of theirs come twice in a batch`,
    );
  }
  const loader = openLoader({
    items,
    classes,
    sample: sampler.batch,
    imageSize: architecture.imageSize,
    augmentation: recipe.augmentation,
    seed,
    workers: loaderWorkers,
  });
  const run = await engine.start(
    {
      architecture,
      options: recipe,
      batch: settings.batch,
      microBatch: options.microBatch ?? settings.batch,
    },
    start.state,
  );
  let done = start.state.iteration;
  await clearLeftovers(folder, done === 0);
  const logPath = storePaths(folder).trainLog;
  const log = await TrainLog.open(logPath, done);
  const logged = readLog(logPath);
  const evaluations = logged.filter(isEvaluation);
  const events = await EventFile.open(join(folder, eventsName), logged);
  const bar = progress("training", settings.iterations, "iterations", done);

  let seconds = start.seconds;
  let last = start;
  let saved = { iteration: done, at: performance.now(), tookMs: 0 };
  /**
   * Writes the state as a checkpoint, unless it is no number any more: then the one before stays.
   */
  const save = async (): Promise<void> => {
    const began = performance.now();
    const state = await run.state();
    const kept = { path: storePaths(folder).checkpoint, iteration: saved.iteration };
    assertFinite(state, kept);
    const parameters: ParameterValues =
      recipe.batchNorm === "batch"
        ? await calibrated(architecture, state.parameters, items)
        : state.parameters;
    const checkpoint = { architecture, settings, seconds, state: { ...state, parameters } };
    assertFinite(checkpoint.state, kept);
    await writeCheckpoint(folder, checkpoint, dataset);
    saved = { iteration: done, at: performance.now(), tookMs: performance.now() - began };
    last = checkpoint;
  };

  const evaluationIsDue = (): boolean =>
    evaluation !== undefined &&
    settings.evaluateEvery !== undefined &&
    done > 0 &&
    (done % settings.evaluateEvery === 0 || done >= settings.iterations) &&
    !evaluations.some(({ iteration }) => iteration === done);
  /** The checkpoint first, so that a run that is stopped here can evaluate when it is taken up. */
  const evaluateNow = async ({
    of,
    items: asked,
  }: NonNullable<TrainOptions["evaluation"]>): Promise<void> => {
    if (saved.iteration !== done) await save();
    const network = { architecture, parameters: last.state.parameters };
    const embedded = await embedItems(`iteration ${done}`, network, asked, signal);
    const { metrics } = (await evaluateEmbedded(embedded, asked)).embedding;
    const entry = { iteration: done, evaluation: of, ...metrics, seconds };
    const best = bestEvaluation([...evaluations, entry]) === entry;
    if (best) await writeBest(folder, last, dataset);
    evaluations.push(entry);
    log.append(entry);
    events.append(entry);
    const figures = `P@1 ${metrics.precisionAt1.toFixed(3)}, MAP@R ${metrics.mapAtR.toFixed(3)}`;
    print(`iteration ${done}, ${of} classes: ${figures}${best ? ", the best so far" : ""}`);
  };

  let waited = 0;
  const steps = async (): Promise<void> => {
    while (!signal.aborted) {
      if (evaluation && evaluationIsDue()) await evaluateNow(evaluation);
      if (done >= settings.iterations) return;
      const began = performance.now();
      const batch = await loader.batch(done);
      const rate = learningRate(schedule, done, settings.iterations);
      const metrics = await run.step(batch, rate);
      if (!Number.isFinite(metrics.loss)) {
        const kept = { path: storePaths(folder).checkpoint, iteration: saved.iteration };
        throw divergedAt(`the loss is ${metrics.loss} at iteration ${done + 1}`, kept);
      }
      done++;
      const elapsed = (performance.now() - began) / 1000;
      seconds += elapsed;
      waited += batch.waitedMs / 1000;
      const imagesPerSecond = settings.batch / elapsed;
      const waitedShare = Math.min(1, batch.waitedMs / 1000 / elapsed);
      const entry = { iteration: done, ...metrics, rate, imagesPerSecond, waitedShare, seconds };
      log.append(entry);
      events.append(entry);
      bar.advance(1, stepWords(metrics, recipe, imagesPerSecond));
      // A step is one long native call: let Ctrl-C and the loader's messages in.
      await new Promise(setImmediate);
      const interval = Math.max(checkpointEveryMs, checkpointShare * saved.tookMs);
      if (performance.now() - saved.at > interval) await save();
    }
  };
  try {
    // A run that ends before its first checkpoint can be taken up too, and nothing of an earlier
    // run is taken for its own.
    if (done === 0) await save();
    await steps().catch((error: unknown) => {
      // Stopped in the middle of an evaluation; its checkpoint is written.
      if (!signal.aborted || error !== signal.reason) throw error;
    });
    if (saved.iteration !== done) await save();
    bar.finish();
    if (done > start.state.iteration) {
      const rate = ((done - start.state.iteration) * settings.batch) / (seconds - start.seconds);
      const share = (100 * waited) / (seconds - start.seconds);
      print(
        `${done - start.state.iteration} iterations in ${duration(seconds - start.seconds)}, ${rate.toFixed(1)} images/s, ${share.toFixed(1)}% of the time spent waiting for images`,
      );
    }
    return { checkpoint: last, finished: done >= settings.iterations && !evaluationIsDue() };
  } finally {
    log.close();
    events.close();
    await loader.close();
    await run.close();
  }
}
