/**
 * `npm run export`: the trained network as ONNX, with the manifest that says how to feed and check
 * it.
 */
import { relative } from "node:path";
import { variantNameSchema, variantNames } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { storeFolder, storeNameSchema } from "@plumage/models/node";
import { z } from "zod";
import { exportModel } from "./exportModel.ts";

const command = {
  usage: "npm run export --",
  summary:
    "Writes models/store/<name>/embedder*.onnx and model.json from the checkpoint that training left there, and prints what\n" +
    "each variant weighs, costs in quality and gains in speed, measured on the held-out images. fp32 alone takes seconds.",
  options: {
    name: {
      description: "name of the model",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
    variants: {
      description: `which to write, of ${variantNames.join(", ")}; fp32 always is`,
      value: "LIST",
      schema: z
        .string()
        .transform((list) => list.split(","))
        .pipe(z.array(variantNameSchema))
        .default([...variantNames]),
    },
    best: {
      description: "export the best checkpoint of the run (train --evaluate-every), not the last",
      schema: z.boolean().default(false),
    },
    allowLoss: {
      description: "write variants that lose more than half a point of P@1, too",
      schema: z.boolean().default(false),
    },
  },
};

await runCommand(command, async ({ options: { name, ...options }, signal, print }) => {
  const folder = storeFolder(name);
  await exportModel(name, folder, print, { ...options, signal });
  print(`written to ${relative(process.cwd(), folder) || "."}`);
});
