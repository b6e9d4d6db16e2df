/** Plans a run: pure functions from options, items and weights to settings and architecture. */
import { type Item, type NetworkArchitecture, PlumageError, searchSets } from "@plumage/models";
import { batchesPerEpoch } from "../data/batches/sampler.ts";
import { dataOptionsSchema } from "../data/options.ts";
import { classCount, splitValidation } from "../data/split.ts";
import { classVectorsOf } from "../objective/index.ts";
import type { Checkpoint, RunSettings } from "./checkpoint.ts";
import {
  assertShares,
  defaultDescriptors,
  defaultDimension,
  type HeadBase,
  planArchitecture,
} from "./planArchitecture.ts";
import type { RecipeName } from "./recipe.ts";
import { changedRecipe, recipeChangesSchema } from "./recipeOptions.ts";
import type { TrainOptions } from "./trainOptions.ts";

/** @throws PlumageError "bad-input" for options that contradict each other */
export function assertCompatible(
  options: Pick<
    TrainOptions,
    | "iterations"
    | "epochs"
    | "validation"
    | "patience"
    | "evaluateEvery"
    | "resume"
    | "dimension"
    | "descriptors"
    | "backbone"
  >,
): void {
  const { iterations, epochs, validation, evaluateEvery } = options;
  const { dimension = defaultDimension, descriptors = defaultDescriptors } = options;
  if (iterations && epochs) {
    throw new PlumageError(
      "bad-input",
      "--iterations and --epochs both set the length of the run",
      "use one of them",
    );
  }
  if (validation && !evaluateEvery) {
    throw new PlumageError(
      "bad-input",
      "--validation requires --evaluate-every",
      "add --evaluate-every N",
    );
  }
  if (options.patience && !validation && !options.resume) {
    throw new PlumageError(
      "bad-input",
      "--patience requires --validation, as the held-out classes must not decide when to stop",
      "add --validation N",
    );
  }
  // A resumed run keeps its own network, and a backbone may decide.
  if (!options.resume && !options.backbone) assertShares(dimension, descriptors);
}

export interface RunItems {
  readonly train: readonly Item[];
  /** Choose the best checkpoint; may be empty. */
  readonly validation: readonly Item[];
  readonly test: readonly Item[];
}

/**
 * Selects the items to train, validate and test on.
 *
 * @param validation number of training classes to validate on
 * @param heldOut largest number of test items
 * @throws PlumageError "bad-input" if too few classes remain for training
 */
export function selectItems(
  items: readonly Item[],
  { validation, heldOut }: { validation?: number | undefined; heldOut?: number | undefined },
): RunItems {
  const train = items.filter((item) => item.split === "train");
  const test = items.filter((item) => item.split === "test").slice(0, heldOut);
  return validation
    ? { ...splitValidation(train, validation), test }
    : { train, validation: [], test };
}

/**
 * Describes the selection in one line, and warns in another if training and test classes overlap.
 */
export function describeItems(title: string, { train, validation, test }: RunItems): string[] {
  const sizeOf = (items: readonly Item[]) =>
    `${items.length} images of ${classCount(items)} classes`;
  const parts = [
    `${sizeOf(train)} to train on`,
    ...(validation.length > 0 ? [`${sizeOf(validation)} to validate on`] : []),
    `${sizeOf(test)} held out`,
  ];
  const shared = classCount(train) + classCount(test) - classCount([...train, ...test]);
  const warning =
    `${shared} classes are both trained on and held out; ` +
    "the metrics are not those of unseen classes";
  return [`${title}: ${parts.join(", ")}`, ...(shared > 0 ? [warning] : [])];
}

/** The number of iterations that the options ask for, if they do. */
export function requestedIterations(
  { iterations, epochs }: Pick<TrainOptions, "iterations" | "epochs">,
  images: number,
  batch: number,
): number | undefined {
  if (!epochs) return iterations;
  return Math.max(1, Math.round(epochs * batchesPerEpoch(images, batch)));
}

export interface RunPlan {
  readonly settings: RunSettings;
  readonly architecture: NetworkArchitecture;
}

/**
 * Plans a new run.
 *
 * @param weights path of the initial weights, or "none"
 * @param items the training items
 * @param base what a head is trained on; undefined if the whole network is trained
 * @throws PlumageError "bad-input" if the options disable every term of the objective, or the run
 *   is not longer than its warm-up
 */
export function planRun(
  options: TrainOptions,
  weights: string,
  items: readonly Item[],
  base?: HeadBase,
): RunPlan {
  const recipeName = options.recipe ?? defaultRecipe(weights, base);
  const freeze = base?.kind === "network" ? { freeze: "layer4" } : {};
  const changes = recipeChangesSchema.parse({ ...options, ...freeze });
  const recipe = changedRecipe(recipeName, changes);
  const classes = classCount(items);
  // By default, a data set of few classes is trained in smaller batches.
  const batch = options.batch ?? Math.min(recipe.batch, recipe.perClass * classes);
  const iterations = requestedIterations(options, items.length, batch) ?? recipe.iterations;
  assertOutlastsWarmup(iterations, recipe.warmupSteps);
  const { backbone, evaluateEvery, validation, patience } = options;
  const { augmentation } = recipe;
  const classVectors = classVectorsOf(recipe.objective);
  const architecture = planArchitecture(options, classes, { augmentation, classVectors }, base);
  return {
    settings: {
      dataset: options.dataset,
      data: dataOptionsSchema.parse(options),
      recipe: recipeName,
      changes,
      weights,
      ...(backbone ? { backbone } : {}),
      iterations,
      batch,
      rate: options.rate ?? recipe.schedule.rate,
      seed: options.seed,
      imageSize: architecture.imageSize,
      ...(evaluateEvery ? { evaluateEvery } : {}),
      ...(validation ? { validation } : {}),
      ...(patience ? { patience } : {}),
    },
    architecture,
  };
}

const defaultRecipe = (weights: string, base: HeadBase | undefined): RecipeName =>
  base ? "head" : weights === "none" ? "scratch" : "finetune";

function assertOutlastsWarmup(iterations: number, warmupSteps = 0): void {
  if (iterations > warmupSteps) return;
  throw new PlumageError(
    "bad-input",
    `--warmup-steps ${warmupSteps} leaves no step for the backbone in a run of ${iterations}`,
    "lower it, or freeze the whole backbone with --freeze layer4",
  );
}

/**
 * @param items the training items
 * @throws PlumageError "bad-input" if every batch would consist of one class
 */
export function assertTrainable(items: readonly Item[]): void {
  if (classCount(items) > 1) return;
  throw new PlumageError(
    "bad-input",
    "there is one class to train on, and a network learns by telling classes apart",
    "the first half of the classes is for training: add classes, or give a table with a split",
  );
}

/**
 * @param items what the run will be evaluated on
 * @param name what they are called, e.g. "held-out"
 * @throws PlumageError "bad-input" if no query has an image of its class to find
 */
export function assertEvaluable(items: readonly Item[], name: string): void {
  const { queries, references } = searchSets(items);
  const labelOf = (item: number) => items[item]!.label;
  const found = new Map<string, number[]>();
  for (const reference of references)
    found.set(labelOf(reference), [...(found.get(labelOf(reference)) ?? []).slice(-1), reference]);
  if (queries.some((query) => found.get(labelOf(query))?.some((item) => item !== query))) return;
  throw new PlumageError(
    "bad-input",
    `no class of the ${name} images has two of them, so there is nothing to retrieve`,
    name === "held-out"
      ? "add images to the second half of the classes, or raise --held-out"
      : "raise --validation",
  );
}

/**
 * A warning about batches that consist of one class.
 *
 * @param perClass images per class in a batch
 */
export const batchWarnings = (batch: number, perClass: number): string[] =>
  batch > perClass
    ? []
    : [
        `each batch of ${batch} holds one class, and without negatives nothing is learned from ` +
          `pairs; use a batch of ${2 * perClass} or more`,
      ];

/** Plans the rest of an interrupted run, whose length may change but nothing else. */
export function planResumedRun(
  run: Checkpoint,
  options: Pick<TrainOptions, "iterations" | "epochs">,
  items: readonly Item[],
): Checkpoint {
  const { settings } = run;
  const iterations =
    requestedIterations(options, items.length, settings.batch) ?? settings.iterations;
  return { ...run, settings: { ...settings, iterations } };
}
