/** The training loop: loads batches, steps, logs, evaluates, and writes checkpoints. */
import { classNumbers, type DatasetInfo, type EvaluatedClasses, type Item } from "@plumage/models";
import { progress } from "@plumage/models/cli";
import type { Loader } from "../data/batches/loader.ts";
import { mPerClassSampler } from "../data/batches/sampler.ts";
import { evaluatedParameters } from "../engine/average.ts";
import type { Engine, TrainingRun } from "../engine/engine.ts";
import { evaluateEmbeddings } from "../evaluation/evaluateItems.ts";
import { type Checkpoint, removeLeftovers } from "./checkpoint.ts";
import { Checkpointer } from "./checkpointer.ts";
import { divergenceError } from "./divergence.ts";
import type { Recipe } from "./recipe.ts";
import { changedRecipe } from "./recipeOptions.ts";
import { RunLog } from "./runLog.ts";
import { learningRate } from "./schedule.ts";
import { imageSource, type RunSource } from "./source.ts";
import { describeStep, describeSteps } from "./stepText.ts";

export interface TrainerOptions {
  readonly engine: Engine;
  /** Images per pass through the network. Default: the whole batch. */
  readonly microBatch?: number;
  /** Default: images. */
  readonly source?: RunSource;
  readonly folder: string;
  readonly dataset: DatasetInfo;
  /** The training items. */
  readonly items: readonly Item[];
  /** What to evaluate during the run, as often as the settings say. */
  readonly evaluation?: { readonly of: EvaluatedClasses; readonly items: readonly Item[] };
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

export interface TrainResult {
  readonly checkpoint: Checkpoint;
  /** False after an abort; the checkpoint is on disk. */
  readonly finished: boolean;
}

/**
 * Trains from the checkpoint's iteration to the end of the run. Aborting, or crashing, and resuming
 * from the checkpoint gives the same result as an uninterrupted run.
 *
 * @throws PlumageError "diverged" once the loss or a weight is NaN or infinite; the last checkpoint
 *   stays on disk
 */
export async function train(start: Checkpoint, options: TrainerOptions): Promise<TrainResult> {
  const trainer = await Trainer.open(start, options);
  try {
    return await trainer.run();
  } finally {
    await trainer.close();
  }
}

/** What a trainer opens and closes. */
interface Resources {
  readonly recipe: Recipe;
  readonly loader: Loader;
  readonly run: TrainingRun;
  readonly log: RunLog;
}

class Trainer {
  readonly #start: Checkpoint;
  readonly #options: TrainerOptions;
  readonly #recipe: Recipe;
  readonly #loader: Loader;
  readonly #run: TrainingRun;
  readonly #log: RunLog;
  readonly #checkpointer: Checkpointer;
  /** Completed iterations. */
  #iteration: number;
  /** Seconds of training, over all resumed parts. */
  #seconds: number;
  #secondsWaited = 0;

  private constructor(start: Checkpoint, options: TrainerOptions, resources: Resources) {
    this.#start = start;
    this.#options = options;
    this.#recipe = resources.recipe;
    this.#loader = resources.loader;
    this.#run = resources.run;
    this.#log = resources.log;
    this.#checkpointer = new Checkpointer(start, {
      folder: options.folder,
      dataset: options.dataset,
      items: options.items,
      calibrate: resources.recipe.batchNorm === "batch",
    });
    this.#iteration = start.state.iteration;
    this.#seconds = start.seconds;
  }

  static async open(start: Checkpoint, options: TrainerOptions): Promise<Trainer> {
    const { architecture, settings, state } = start;
    const {
      engine,
      source = imageSource,
      folder,
      items,
      microBatch = settings.batch,
      print,
    } = options;
    const { batch, seed } = settings;
    const recipe = changedRecipe(settings.recipe, settings.changes);
    const classes = classNumbers(items);
    const sampler = mPerClassSampler(classes, recipe.perClass, batch, seed);
    if (sampler.smallClasses > 0) {
      print(
        `${sampler.smallClasses} classes have fewer than ${recipe.perClass} images; ` +
          "their images repeat within a batch",
      );
    }
    const loader = source.openLoader({
      items,
      classes,
      sample: sampler.batch,
      imageSize: architecture.imageSize,
      augmentation: recipe.augmentation,
      seed,
    });
    const plan = { architecture, options: recipe, batch, microBatch };
    const run = await source.start(engine, plan, state);
    await removeLeftovers(folder, state.iteration === 0);
    const log = await RunLog.open(folder, state.iteration);
    return new Trainer(start, options, { recipe, loader, run, log });
  }

  async run(): Promise<TrainResult> {
    // A run that crashes before its first regular checkpoint can be resumed, and does not resume
    // from the checkpoint of an earlier run.
    if (this.#iteration === 0) await this.#save();
    await this.#runIterations();
    if (!this.#isSaved()) await this.#save();
    this.#printSummary();
    return {
      checkpoint: this.#checkpointer.last,
      finished: this.#isDone() && !this.#isEvaluationDue(),
    };
  }

  async close(): Promise<void> {
    this.#log.close();
    await this.#loader.close();
    await this.#run.close();
  }

  async #runIterations(): Promise<void> {
    const { signal } = this.#options;
    const { iterations } = this.#start.settings;
    const bar = progress("training", iterations, "iterations", this.#iteration);
    try {
      while (!signal.aborted) {
        if (this.#isEvaluationDue()) await this.#evaluate();
        if (this.#isDone()) break;
        bar.advance(1, await this.#step());
        // A step is a single native call: let Ctrl-C and the loader's messages be handled.
        await new Promise(setImmediate);
        if (this.#checkpointer.isDue()) await this.#save();
      }
    } catch (error) {
      // Aborted during an evaluation, after its checkpoint was written.
      if (!signal.aborted || error !== signal.reason) throw error;
    }
    bar.finish();
  }

  /** Runs and logs one iteration; returns a line about it for the progress bar. */
  async #step(): Promise<string> {
    const { iterations, batch, rate: highestRate } = this.#start.settings;
    const started = performance.now();
    const { waitedMs, ...loaded } = await this.#loader.batch(this.#iteration);
    const schedule = { ...this.#recipe.schedule, rate: highestRate };
    const rate = learningRate(schedule, this.#iteration, iterations);
    const metrics = await this.#run.step(loaded, rate);
    if (!Number.isFinite(metrics.loss)) {
      const reason = `the loss is ${metrics.loss} at iteration ${this.#iteration + 1}`;
      throw divergenceError(reason, this.#checkpointer.onDisk);
    }
    this.#iteration++;
    const elapsed = (performance.now() - started) / 1000;
    this.#seconds += elapsed;
    this.#secondsWaited += waitedMs / 1000;
    const imagesPerSecond = batch / elapsed;
    this.#log.append({
      iteration: this.#iteration,
      ...metrics,
      rate,
      imagesPerSecond,
      waitedShare: Math.min(1, waitedMs / 1000 / elapsed),
      seconds: this.#seconds,
    });
    return describeStep(metrics, this.#recipe.objective, imagesPerSecond);
  }

  /** At the last iteration, or stopped early. */
  #isDone(): boolean {
    const { iterations, patience } = this.#start.settings;
    const hasStalled = patience !== undefined && this.#log.hasStalled(patience);
    return this.#iteration >= iterations || hasStalled;
  }

  #isEvaluationDue(): boolean {
    const { evaluateEvery, iterations } = this.#start.settings;
    const iteration = this.#iteration;
    return (
      this.#options.evaluation !== undefined &&
      evaluateEvery !== undefined &&
      iteration > 0 &&
      (iteration % evaluateEvery === 0 || iteration >= iterations) &&
      !this.#log.hasEvaluation(iteration)
    );
  }

  /**
   * Evaluates after saving a checkpoint, so that an aborted run can evaluate when it is resumed.
   */
  async #evaluate(): Promise<void> {
    const { evaluation, source = imageSource, signal, print } = this.#options;
    const { of, items } = evaluation!;
    if (!this.#isSaved()) await this.#save();
    const { architecture, state } = this.#checkpointer.last;
    const network = { architecture, parameters: evaluatedParameters(state) };
    const iteration = this.#iteration;
    const embeddings = await source.embed(`iteration ${iteration}`, network, items, signal);
    const { metrics } = (await evaluateEmbeddings(embeddings, items)).embedding;
    const entry = { iteration, evaluation: of, ...metrics, seconds: this.#seconds };
    const isBest = this.#log.isBest(entry);
    if (isBest) await this.#checkpointer.saveBest();
    this.#log.append(entry);
    const figures = `P@1 ${metrics.precisionAt1.toFixed(3)}, MAP@R ${metrics.mapAtR.toFixed(3)}`;
    print(`iteration ${iteration}, ${of} classes: ${figures}${isBest ? ", the best so far" : ""}`);
  }

  #isSaved(): boolean {
    return this.#checkpointer.last.state.iteration === this.#iteration;
  }

  async #save(): Promise<void> {
    await this.#checkpointer.save(await this.#run.state(), this.#seconds);
  }

  #printSummary(): void {
    const { iterations, batch } = this.#start.settings;
    const steps = this.#iteration - this.#start.state.iteration;
    if (this.#isDone() && this.#iteration < iterations)
      this.#options.print("stopped early: no evaluation was better than the best for too long");
    if (steps === 0) return;
    const seconds = this.#seconds - this.#start.seconds;
    this.#options.print(describeSteps({ steps, batch, seconds, waited: this.#secondsWaited }));
  }
}
