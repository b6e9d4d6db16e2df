/** The command `npm run export`. */
import { maxPrecisionLoss, variantNameSchema, variantNames } from "@plumage/models";
import { runCommand, shownPath } from "@plumage/models/cli";
import { modelNameOption, storeFolder } from "@plumage/models/node";
import { z } from "zod";
import { heldOutSchema } from "./embedder/heldOutOption.ts";
import { exportModel } from "./exportModel.ts";

const command = {
  usage: "npm run export --",
  summary:
    "Exports a trained model as ONNX: writes embedder*.onnx and model.json next to its\n" +
    "checkpoint in models/store/<name>/. Prints the size and speed of each variant, and its\n" +
    "quality on the held-out images.",
  options: {
    name: modelNameOption,
    variants: {
      description:
        `variants to write, of ${variantNames.join(", ")}; fp32 is always written, ` +
        "and alone takes seconds",
      value: "LIST",
      schema: z
        .string()
        .transform((list) => list.split(","))
        .pipe(z.array(variantNameSchema))
        .default([...variantNames]),
    },
    best: {
      description: "export the best checkpoint (train --evaluate-every) instead of the last",
      schema: z.boolean().default(false),
    },
    heldOut: {
      description:
        "measure quality on N held-out images, spread over all classes (default: 1003 at 224 px, " +
        "12288 at 64 px)",
      value: "N",
      schema: heldOutSchema,
    },
    allowLoss: {
      description:
        `write variants even if they lose more than ${maxPrecisionLoss} percentage ` +
        "points of P@1",
      schema: z.boolean().default(false),
    },
  },
};

await runCommand(command, async ({ options: { name, ...options }, signal, print }) => {
  const folder = storeFolder(name);
  await exportModel(name, folder, print, { ...options, signal });
  print(`wrote ${shownPath(folder)}`);
});
