/** `npm run train`: trains a network on a data set and reports metrics on held-out classes. */
import "./tensors.ts";
import { wholeNetwork } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { storeFolder, storePaths } from "@plumage/models/node";
import { chooseDevice, deviceLines } from "./engine/devices/devices.ts";
import { chooseMicroBatch } from "./engine/devices/microBatch.ts";
import { prepareRun } from "./prepareRun.ts";
import { metricRows, metricTable } from "./report/metricTable.ts";
import { reportRun } from "./report/reportRun.ts";
import { assertCompatible, batchWarnings } from "./run/plan.ts";
import { assertHeadOptions } from "./run/planArchitecture.ts";
import { changedRecipe } from "./run/recipeOptions.ts";
import { train } from "./run/trainer.ts";
import { trainOptionTable } from "./run/trainOptions.ts";

const command = {
  usage: "npm run train --",
  summary: "Trains ResNet50-CGD on a data set and writes the model to models/store/<name>.",
  options: trainOptionTable,
};

await runCommand(command, async ({ options, given, signal, print }) => {
  if (options.listDevices) {
    for (const line of await deviceLines()) print(line);
    return;
  }
  assertCompatible(options);
  if (options.backbone) assertHeadOptions(given);
  // Fails before the data set is prepared if the device is not available.
  const { device, message: deviceMessage } = await chooseDevice(options);
  const name = options.name ?? options.dataset;
  const folder = storeFolder(name);
  const { start, info, items, source } = await prepareRun(options, given, folder, signal, print);
  print(deviceMessage);
  const engine = await device.open(options.threads);
  const { recipe, changes, iterations, batch } = start.settings;
  print(`recipe ${recipe}: ${iterations} batches of ${batch}, on ${engine.description}`);
  for (const line of batchWarnings(batch, changedRecipe(recipe, changes).perClass)) print(line);
  const { microBatch, message: microBatchMessage } = start.settings.backbone
    ? { microBatch: batch, message: undefined }
    : chooseMicroBatch({
        architecture: wholeNetwork(start.architecture),
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
    source,
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
    source,
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
