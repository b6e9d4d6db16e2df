/** `npm run verify`: checks every variant of a model on every available provider. */
import { runCommand } from "@plumage/models/cli";
import { modelNameOption, storeFolder } from "@plumage/models/node";
import { z } from "zod";
import { matrix } from "./matrix.ts";
import { openRuntimes } from "./runtimes.ts";
import { verifyModel } from "./verify.ts";

const command = {
  usage: "npm run verify --",
  summary:
    "Runs every file of a model on every available execution provider (Node: cpu, webgpu,\n" +
    "cuda; Chromium: wasm, webgpu) and compares pixels or tokens, embeddings and top-10 lists\n" +
    "with the goldens in model.json. Exits with 1 if one is wrong. Names the providers it\n" +
    "cannot check on stderr.",
  options: {
    name: modelNameOption,
    json: { description: "print the rows as one JSON object", schema: z.boolean().default(false) },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const { rows, checks, isCorrect } = await verifyModel(
    folder,
    () => openRuntimes(folder, signal),
    signal,
    (line) => process.stderr.write(`${line}\n`),
  );
  // JSON has no NaN: such a cosine is written as null.
  print(options.json ? JSON.stringify({ rows }) : matrix(rows, checks));
  if (!isCorrect) process.exitCode = 1;
});
