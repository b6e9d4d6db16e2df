/** `npm run train`: trains a network on a data set and reports metrics on held-out classes. */
import "./tensors.ts";
import type { DatasetInfo, Item } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { storeFolder, storePaths, writeItems } from "@plumage/models/node";
import { assertUnchanged } from "./data/assertUnchanged.ts";
import { prepareDataset } from "./data/index.ts";
import { dataOptionsSchema } from "./data/options.ts";
import { chooseDevice, deviceLines } from "./engine/devices/devices.ts";
import { assertFits, chooseMicroBatch } from "./engine/devices/microBatch.ts";
import { metricRows, metricTable } from "./report/metricTable.ts";
import { reportRun } from "./report/reportRun.ts";
import { type Checkpoint, readCheckpoint } from "./run/checkpoint.ts";
import {
  assertCompatible,
  assertEvaluable,
  assertTrainable,
  batchWarnings,
  describeItems,
  planResumedRun,
  planRun,
  type RunItems,
  type RunPlan,
  selectItems,
} from "./run/plan.ts";
import { changedRecipe } from "./run/recipeOptions.ts";
import { assertSameSettings } from "./run/resumeOptions.ts";
import { startRun } from "./run/startRun.ts";
import { train } from "./run/trainer.ts";
import { type TrainOptions, trainOptionTable } from "./run/trainOptions.ts";
import { resolveWeights } from "./weights/initialWeights.ts";

const command = {
  usage: "npm run train --",
  summary: "Trains ResNet50-CGD on a data set and writes the model to models/store/<name>.",
  options: trainOptionTable,
};

interface PreparedRun {
  readonly start: Checkpoint;
  readonly info: DatasetInfo;
  readonly items: RunItems;
}

/** Prepares the data set, and the run's first or last checkpoint. */
async function prepareRun(
  options: TrainOptions,
  given: ReadonlySet<string>,
  folder: string,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<PreparedRun> {
  const interrupted = options.resume ? await readCheckpoint(folder) : undefined;
  if (interrupted) assertSameSettings(interrupted, options, given);
  const settings = interrupted?.settings ?? options;
  // The report evaluates the initial weights at the end: they must exist.
  const weights = await resolveWeights(settings.weights, settings.dataset, signal);
  const data = interrupted?.settings.data ?? dataOptionsSchema.parse(options);
  const dataset = await prepareDataset(settings.dataset, { signal, print, options: data });
  if (interrupted) await assertUnchanged(folder, dataset.items);
  const items = selectItems(dataset.items, {
    validation: settings.validation,
    heldOut: options.heldOut,
  });
  for (const line of describeItems(dataset.info.title, items)) print(line);
  const start = interrupted
    ? planResumedRun(interrupted, options, items.train)
    : await startPlanned(planRun(options, weights, items.train), items.train, print);
  // After the line about the weights, so that a run that is refused has still named them.
  assertTrainable(items.train);
  assertEvaluable(items.test, "held-out");
  if (items.validation.length > 0) assertEvaluable(items.validation, "validation");
  await writeItems(folder, dataset.items);
  return { start, info: dataset.info, items };
}

function startPlanned(plan: RunPlan, items: readonly Item[], print: (line: string) => void) {
  assertFits(plan.architecture, process.availableMemory());
  return startRun(plan, items, print);
}

await runCommand(command, async ({ options, given, signal, print }) => {
  if (options.listDevices) {
    for (const line of await deviceLines()) print(line);
    return;
  }
  assertCompatible(options);
  // Fails before the data set is prepared if the device is not available.
  const { device, message: deviceMessage } = await chooseDevice(options);
  const name = options.name ?? options.dataset;
  const folder = storeFolder(name);
  const { start, info, items } = await prepareRun(options, given, folder, signal, print);
  print(deviceMessage);
  const engine = await device.open(options.threads);
  const { recipe, changes, iterations, batch } = start.settings;
  print(`recipe ${recipe}: ${iterations} batches of ${batch}, on ${engine.description}`);
  for (const line of batchWarnings(batch, changedRecipe(recipe, changes).perClass)) print(line);
  const { microBatch, message: microBatchMessage } = chooseMicroBatch({
    architecture: start.architecture,
    batch,
    batchNorm: changedRecipe(recipe, changes).batchNorm,
    requested: options.microBatch,
    available: process.availableMemory(),
    onCpu: device.device === "cpu",
  });
  if (microBatchMessage) print(microBatchMessage);

  const started = new Date();
  const { checkpoint, finished } = await train(start, {
    engine,
    microBatch,
    folder,
    dataset: info,
    items: items.train,
    evaluation: items.validation.length
      ? { of: "validation", items: items.validation }
      : { of: "held-out", items: items.test },
    signal,
    print,
  });
  if (!finished) {
    const resume = `npm run train -- --name ${name} --resume`;
    print(`stopped at iteration ${checkpoint.state.iteration}; resume with: ${resume}`);
    // A non-zero exit code, as there is no finished model for a command after "&&".
    throw signal.reason;
  }
  const report = await reportRun({
    name,
    folder,
    checkpoint,
    engine,
    info,
    trainItems: items.train,
    testItems: items.test,
    started,
    signal,
  });
  print("");
  print(metricTable(metricRows(report)));
  print("");
  print(`report: ${storePaths(folder).reportPage}`);
});
