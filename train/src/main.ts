/**
 * `npm run train`: fine-tunes the network on a data set and reports what it reached on the classes
 * it never saw.
 */
import "./tensors.ts";
import { availableParallelism } from "node:os";
import {
  type CgdChoice,
  type Descriptor,
  descriptorsSchema,
  PlumageError,
  resnet50Cgd,
} from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { storeFolder, storeNameSchema, storePaths, writeItems } from "@plumage/models/node";
import { z } from "zod";
import { assertUnchanged } from "./data/assertUnchanged.ts";
import { augmentations, evaluationResize } from "./data/batches/augment.ts";
import { batchesPerEpoch } from "./data/batches/sampler.ts";
import { datasetNames, prepareDataset } from "./data/index.ts";
import { dataOptionsSchema, dataOptionTable } from "./data/options.ts";
import { splitValidation } from "./data/split.ts";
import { chooseDevice, deviceLines } from "./engine/devices/devices.ts";
import { chooseMicroBatch } from "./engine/devices/microBatch.ts";
import { freshState } from "./engine/state.ts";
import { reportRun } from "./report/reportRun.ts";
import { metricRows, metricTable } from "./report/table.ts";
import { type Checkpoint, type RunSettings, readCheckpoint } from "./run/checkpoint.ts";
import { calibrated, classCount } from "./run/heldOut.ts";
import { recipeNames } from "./run/recipe.ts";
import { changedRecipe, recipeChangesSchema, recipeOptionTable } from "./run/recipeOptions.ts";
import { train } from "./run/trainer.ts";
import { firstParameters, notTaken, resolveWeights } from "./weights/initialWeights.ts";

const whole = z.coerce.number().int("use a whole number").positive("use a number above 0");

const command = {
  usage: "npm run train --",
  summary: "Trains ResNet50-CGD on a data set and writes models/store/<name>.",
  options: {
    dataset: {
      description: `data set: ${datasetNames.join(", ")}`,
      value: "NAME",
      schema: z.enum(datasetNames).default("emoji"),
    },
    ...dataOptionTable,
    name: {
      description: "name of the model (default: the data set's)",
      value: "NAME",
      schema: storeNameSchema.optional(),
    },
    weights: {
      description:
        "first weights: start (the checked-in checkpoint), none (random), imagenet or imagenet-v2 (torchvision's, downloaded), or a .safetensors, .pth or .onnx file",
      value: "WHICH",
      schema: z.string().min(1).default("start"),
    },
    recipe: {
      description: `numbers of the run: ${recipeNames.join(", ")} (default: finetune, or scratch from random weights)`,
      value: "NAME",
      schema: z.enum(recipeNames).optional(),
    },
    ...recipeOptionTable,
    iterations: {
      description: "batches to train for (default: the recipe's)",
      value: "N",
      schema: whole.optional(),
    },
    epochs: {
      description: "instead of --iterations: passes over as many images as the training set has",
      value: "N",
      schema: z.coerce.number().positive().optional(),
    },
    evaluateEvery: {
      description:
        "evaluate after each N batches, and keep the best checkpoint (default: at the end only)",
      value: "N",
      schema: whole.optional(),
    },
    validation: {
      description:
        "classes to take from training and evaluate on along the way, so that the held-out ones do not choose the best checkpoint",
      value: "N",
      schema: whole.optional(),
    },
    batch: {
      description: "images in a batch (default: the recipe's)",
      value: "N",
      schema: whole.optional(),
    },
    microBatch: {
      description:
        "images that pass through the network at a time: auto (by free memory) or a divisor of the batch",
      value: "N",
      schema: z.union([z.literal("auto"), whole]).default("auto"),
    },
    rate: {
      description: "highest learning rate (default: the recipe's)",
      value: "X",
      schema: z.coerce.number().positive().optional(),
    },
    size: {
      description: "side of the network's square input in pixels",
      value: "N",
      schema: whole.min(32).default(64),
    },
    descriptors: {
      description: "global descriptors in the order of concatenation, of S, M, G (default MG)",
      value: "LETTERS",
      schema: descriptorsSchema.optional(),
    },
    dimension: {
      description: "numbers in an embedding, a multiple of the descriptors' number (default 1536)",
      value: "N",
      schema: whole.optional(),
    },
    fineMap: {
      description:
        "keep the last feature map at 1/16 of the input's side, 14 x 14 of 224 px, not 1/32",
      schema: z.boolean().default(false),
    },
    seed: {
      description: "seed of weights, batches and augmentation",
      value: "N",
      schema: z.coerce.number().int().default(1),
    },
    threads: {
      description: "processor threads",
      value: "N",
      schema: whole.default(availableParallelism()),
      defaultText: "all",
    },
    device: {
      description: "where the steps run: auto, cuda, webgpu, cpu",
      value: "DEVICE",
      schema: z.enum(["auto", "cuda", "webgpu", "cpu"]).default("auto"),
    },
    engine: {
      description: "what runs them: auto, tfjs (eager), onnxruntime (recorded)",
      value: "ENGINE",
      schema: z.enum(["auto", "tfjs", "onnxruntime"]).default("auto"),
    },
    listDevices: {
      description: "show the devices and engines, and which are ready here",
      schema: z.boolean().default(false),
    },
    heldOut: {
      description: "evaluate on the first N held-out images only",
      value: "N",
      schema: whole.optional(),
    },
    resume: {
      description:
        "go on with the interrupted run of this name, with its own settings (--iterations or --epochs may change its length)",
      schema: z.boolean().default(false),
    },
  },
};

/** @throws PlumageError "bad-input" for a dimension that the descriptors cannot share */
function networkChoice({
  descriptors = ["M", "G"],
  dimension = 1536,
  fineMap,
}: {
  descriptors?: Descriptor[] | undefined;
  dimension?: number | undefined;
  fineMap: boolean;
}): CgdChoice {
  if (dimension % descriptors.length !== 0) {
    throw new PlumageError(
      "bad-input",
      `--dimension ${dimension} cannot be shared by ${descriptors.length} descriptors`,
      "use a multiple of their number",
    );
  }
  return { descriptors, dimension, ...(fineMap ? { lastStride: 1 } : {}) };
}

/** Tensors that a file of weights lacks, and that are named one by one. */
const namedTensors = 10;

await runCommand(command, async ({ options, signal, print }) => {
  if (options.listDevices) {
    for (const line of await deviceLines()) print(line);
    return;
  }
  if (options.iterations && options.epochs)
    throw new PlumageError(
      "bad-input",
      "--iterations and --epochs both say how long to train",
      "use one of them",
    );
  if (options.validation && !options.evaluateEvery)
    throw new PlumageError(
      "bad-input",
      "--validation says what to evaluate on, and not when",
      "add --evaluate-every N",
    );
  // A device that is not there should be known before the data set is prepared.
  const { device, message: deviceMessage } = await chooseDevice(options);
  const folder = storeFolder(options.name ?? options.dataset);
  const resumed = options.resume ? await readCheckpoint(folder) : undefined;
  const name = resumed?.settings.dataset ?? options.dataset;
  // A run of hours should not end with a report that misses its starting weights.
  const weights = await resolveWeights(resumed?.settings.weights ?? options.weights, name, signal);

  const data = resumed?.settings.data ?? dataOptionsSchema.parse(options);
  const { info, items } = await prepareDataset(name, { signal, print, options: data });
  if (resumed) await assertUnchanged(folder, items);
  const trainHalf = items.filter((item) => item.split === "train");
  const validationClasses = resumed ? resumed.settings.validation : options.validation;
  const { train: trainItems, validation } = validationClasses
    ? splitValidation(trainHalf, validationClasses)
    : { train: trainHalf, validation: [] };
  const testItems = items.filter((item) => item.split === "test").slice(0, options.heldOut);
  print(
    `${info.title}: ${trainItems.length} images of ${classCount(trainItems)} classes to train on, ` +
      `${validation.length ? `${validation.length} of ${classCount(validation)} to choose the best checkpoint by, ` : ""}` +
      `${testItems.length} of ${classCount(testItems)} classes held out`,
  );
  const both =
    classCount(trainItems) + classCount(testItems) - classCount([...trainItems, ...testItems]);
  if (both > 0)
    print(
      `${both} of the held-out classes are trained on too: the figures are not of unseen classes`,
    );

  /** What the command line says of the run's length. */
  const budget = (batch: number): number | undefined =>
    options.epochs
      ? Math.max(1, Math.round(options.epochs * batchesPerEpoch(trainItems.length, batch)))
      : options.iterations;

  const fresh = async (): Promise<Checkpoint> => {
    const recipeName = options.recipe ?? (weights === "none" ? "scratch" : "finetune");
    const changes = recipeChangesSchema.parse(options);
    const recipe = changedRecipe(recipeName, changes);
    // A data set of few classes should train without a lesson on sampling.
    const largestBatch = recipe.perClass * classCount(trainItems);
    const batch = options.batch ?? Math.min(recipe.batch, largestBatch);
    const settings: RunSettings = {
      dataset: options.dataset,
      data,
      recipe: recipeName,
      changes,
      weights,
      iterations: budget(batch) ?? recipe.iterations,
      batch,
      rate: options.rate ?? recipe.schedule.rate,
      seed: options.seed,
      imageSize: options.size,
      ...(options.evaluateEvery ? { evaluateEvery: options.evaluateEvery } : {}),
      ...(options.validation ? { validation: options.validation } : {}),
    };
    const architecture = resnet50Cgd(classCount(trainItems), options.size, {
      ...networkChoice(options),
      ...evaluationResize(options.size, augmentations[recipe.augmentation]),
    });
    const first = await firstParameters(weights, architecture, settings.seed);
    const taken = first.parameters.size - first.fresh.length;
    print(
      weights === "none"
        ? "weights: random"
        : `weights: ${taken} of ${first.parameters.size} tensors from ${weights}`,
    );
    if (weights !== "none") {
      const missing = notTaken(first);
      for (const line of missing.slice(0, namedTensors)) print(`  starts afresh: ${line}`);
      if (missing.length > namedTensors) print(`  ... and ${missing.length - namedTensors} more`);
    }
    const parameters =
      weights === "none"
        ? await calibrated(architecture, first.parameters, trainItems)
        : first.parameters;
    return { architecture, settings, seconds: 0, state: freshState(architecture, parameters) };
  };
  const start = resumed ? lengthened(resumed, budget(resumed.settings.batch)) : await fresh();
  await writeItems(folder, items);
  print(deviceMessage);
  const engine = await device.open(options.threads);
  print(
    `recipe ${start.settings.recipe}: ${start.settings.iterations} batches of ${start.settings.batch}, on ${engine.description}`,
  );

  const { microBatch, message: microBatchMessage } = chooseMicroBatch({
    architecture: start.architecture,
    batch: start.settings.batch,
    batchNorm: changedRecipe(start.settings.recipe, start.settings.changes).batchNorm,
    requested: options.microBatch,
    available: process.availableMemory(),
  });
  if (microBatchMessage) print(microBatchMessage);

  const started = new Date();
  const { checkpoint, finished } = await train(start, {
    engine,
    microBatch,
    folder,
    dataset: info,
    items: trainItems,
    evaluation: validation.length
      ? { of: "validation", items: validation }
      : { of: "held-out", items: testItems },
    signal,
    print,
  });
  if (!finished) {
    print(
      `stopped at iteration ${checkpoint.state.iteration}: go on with npm run train -- --name ${options.name ?? options.dataset} --resume`,
    );
    // Not a success: what follows "&&" has no finished model to work on.
    throw signal.reason;
  }
  const report = await reportRun({
    name: options.name ?? options.dataset,
    folder,
    checkpoint,
    engine,
    info,
    trainItems,
    testItems,
    started,
    signal,
  });
  print("");
  print(metricTable(metricRows(report)));
  print("");
  print(`report: ${storePaths(folder).reportPage}`);
});

/** An interrupted run whose budget may be changed on the way, and nothing else. */
const lengthened = (run: Checkpoint, iterations = run.settings.iterations): Checkpoint => ({
  ...run,
  settings: { ...run.settings, iterations },
});
