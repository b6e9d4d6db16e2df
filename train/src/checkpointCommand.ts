/** `npm run checkpoint`: makes a trained model the starting checkpoint of its data set. */
import { runCommand } from "@plumage/models/cli";
import {
  modelNameOption,
  readReport,
  readSafetensors,
  startingCheckpoint,
  storeFolder,
  storePaths,
  writeFileWhole,
  writeSafetensors,
} from "@plumage/models/node";
import { readNetwork } from "./run/checkpoint.ts";

const command = {
  usage: "npm run checkpoint --",
  summary:
    "Writes a model's parameters as float16 to models/checkpoints/<name>.safetensors, with its\n" +
    "report. `npm run train` then starts from these weights.",
  options: {
    name: modelNameOption,
  },
};

await runCommand(command, async ({ options: { name }, print }) => {
  const folder = storeFolder(name);
  const paths = storePaths(folder);
  const report = await readReport(folder);
  await readNetwork(paths.checkpoint);
  const { tensors, metadata } = await readSafetensors(paths.checkpoint);
  const target = startingCheckpoint(name);
  await writeSafetensors(target.checkpoint, tensors, metadata, "F16");
  await writeFileWhole(target.report, `${JSON.stringify(report, null, 2)}\n`);
  print(`wrote ${target.checkpoint}`);
});
