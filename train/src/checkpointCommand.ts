/** `npm run checkpoint`: makes the result of a run the starting checkpoint of its data set. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "@plumage/models/cli";
import {
  readSafetensors,
  storeFolder,
  storeNameSchema,
  writeFileWhole,
  writeSafetensors,
} from "@plumage/models/node";
import { checkpointPath } from "./run/checkpoint.ts";
import { startingCheckpoint } from "./weights/initialWeights.ts";

const command = {
  usage: "npm run checkpoint --",
  summary:
    "Writes a run's parameters as half floats to models/checkpoints/<name>.safetensors, with its report beside them:\n" +
    "npm run train starts from there.",
  options: {
    name: {
      description: "name of the run in models/store",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
  },
};

await runCommand(command, async ({ options: { name }, print }) => {
  const folder = storeFolder(name);
  const report = await readFile(join(folder, "report.json"));
  const { tensors, metadata } = await readSafetensors(checkpointPath(folder));
  const target = startingCheckpoint(name);
  await writeSafetensors(target, tensors, metadata, "F16");
  await writeFileWhole(target.replace(/\.safetensors$/, ".report.json"), report);
  print(`wrote ${target}`);
});
