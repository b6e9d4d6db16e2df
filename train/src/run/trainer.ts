/** The training loop: batch, rate, step, log, checkpoint; interrupted by a signal, it leaves a checkpoint behind. */
import { join } from "node:path";
import { type DatasetInfo, type Item, type ParameterValues, PlumageError } from "@plumage/models";
import { duration, progress } from "@plumage/models/node";
import { openLoader } from "../data/loader.ts";
import { mPerClassSampler } from "../data/sampler.ts";
import type { Engine } from "../engine/engine.ts";
import { EventFile } from "../report/eventFile.ts";
import { readTrainLog, TrainLog } from "../report/trainLog.ts";
import { type Checkpoint, writeCheckpoint } from "./checkpoint.ts";
import { calibrated, classNumbers } from "./heldOut.ts";
import { changedRecipe } from "./recipeOptions.ts";
import { learningRate } from "./schedule.ts";

export interface TrainOptions {
  readonly engine: Engine;
  /** Images that pass through the network at a time; default: the whole batch. */
  readonly microBatch?: number;
  readonly folder: string;
  readonly dataset: DatasetInfo;
  /** The training items. */
  readonly items: readonly Item[];
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
const checkpointEveryMs = 5 * 60_000;
/** Loader threads: at small pictures one keeps ahead of any step on the CPU. */
const loaderWorkers = 1;

/** Runs from the checkpoint's iteration to the end of its budget. */
export async function train(start: Checkpoint, options: TrainOptions): Promise<TrainResult> {
  const { engine, folder, dataset, items, signal, print } = options;
  const { architecture, settings } = start;
  const recipe = changedRecipe(settings.recipe, settings.changes);
  const schedule = { ...recipe.schedule, rate: settings.rate };
  const classes = classNumbers(items);
  const sampler = mPerClassSampler(classes, recipe.perClass, settings.batch, settings.seed);
  if (sampler.smallClasses > 0) {
    print(
      `${sampler.smallClasses} classes have fewer than ${recipe.perClass} images: some of theirs come twice in a batch`,
    );
  }
  const { seed } = settings;
  const side = architecture.imageSize;
  const loader = openLoader({
    items,
    classes,
    sample: sampler.batch,
    side,
    augmentation: recipe.augmentation,
    seed,
    workers: loaderWorkers,
  });
  const run = await engine.start(
    { architecture, options: recipe, batch: settings.batch, microBatch: options.microBatch ?? settings.batch },
    start.state,
  );
  const logPath = join(folder, "train.jsonl");
  const log = await TrainLog.open(logPath, start.state.iteration);
  const events = await EventFile.open(join(folder, eventsName), readTrainLog(logPath));
  const bar = progress("training", settings.iterations, "iterations", start.state.iteration);

  let seconds = start.seconds;
  const snapshot = async (): Promise<Checkpoint> => {
    const state = await run.state();
    const parameters: ParameterValues =
      recipe.batchNorm === "batch" ? await calibrated(architecture, state.parameters, items) : state.parameters;
    return { architecture, settings, seconds, state: { ...state, parameters } };
  };
  let waited = 0;
  let saved = performance.now();
  try {
    for (let iteration = start.state.iteration; iteration < settings.iterations && !signal.aborted; iteration++) {
      const began = performance.now();
      const batch = await loader.batch(iteration);
      const rate = learningRate(schedule, iteration, settings.iterations);
      const metrics = await run.step(batch, rate);
      if (!Number.isFinite(metrics.loss)) {
        throw new PlumageError(
          "unavailable",
          `the loss is ${metrics.loss} at iteration ${iteration + 1}`,
          "the last checkpoint is kept: train with a lower --rate",
        );
      }
      const elapsed = (performance.now() - began) / 1000;
      seconds += elapsed;
      waited += batch.waitedMs / 1000;
      const imagesPerSecond = settings.batch / elapsed;
      const waitedShare = Math.min(1, batch.waitedMs / 1000 / elapsed);
      const entry = { iteration: iteration + 1, ...metrics, rate, imagesPerSecond, waitedShare, seconds };
      log.append(entry);
      events.append(entry);
      bar.advance(1, `loss ${metrics.loss.toFixed(3)}, ${imagesPerSecond.toFixed(1)} images/s`);
      // A step is one long native call: let Ctrl-C and the loader's messages in.
      await new Promise(setImmediate);
      if (performance.now() - saved > checkpointEveryMs) {
        await writeCheckpoint(folder, await snapshot(), dataset);
        saved = performance.now();
      }
    }
    const checkpoint = await snapshot();
    await writeCheckpoint(folder, checkpoint, dataset);
    bar.finish();
    const steps = checkpoint.state.iteration - start.state.iteration;
    if (steps > 0) {
      const rate = (steps * settings.batch) / (seconds - start.seconds);
      const share = (100 * waited) / (seconds - start.seconds);
      print(
        `${steps} iterations in ${duration(seconds - start.seconds)}, ${rate.toFixed(1)} images/s, ${share.toFixed(1)}% of the time spent waiting for pictures`,
      );
    }
    return { checkpoint, finished: checkpoint.state.iteration >= settings.iterations };
  } finally {
    log.close();
    events.close();
    await loader.close();
    await run.close();
  }
}
