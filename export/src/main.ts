/** `npm run export`: the trained network as ONNX, with the manifest that says how to feed and check it. */
import { relative } from "node:path";
import { runCommand, storeFolder, storeNameSchema } from "@plumage/models/node";
import { exportModel } from "./exportModel.ts";

const command = {
  usage: "npm run export --",
  summary: "Writes models/store/<name>/embedder.onnx and model.json from the checkpoint that training left there.",
  options: {
    name: { description: "name of the model", value: "NAME", schema: storeNameSchema.default("emoji") },
  },
};

await runCommand(command, async ({ options, print }) => {
  const folder = storeFolder(options.name);
  await exportModel(options.name, folder, print);
  print(`written to ${relative(process.cwd(), folder) || "."}`);
});
