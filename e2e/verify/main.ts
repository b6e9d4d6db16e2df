/**
 * `npm run verify`: every variant of a model on every provider at hand, held against its goldens.
 */
import { runCommand } from "@plumage/models/cli";
import { readManifest, storeFolder, storeNameSchema } from "@plumage/models/node";
import { z } from "zod";
import { heldOutGallery } from "../support/heldOut.ts";
import { agrees, compare, type VerifyRow } from "./compare.ts";
import { checkFiles } from "./files.ts";
import { matrix } from "./matrix.ts";
import { openRuntimes } from "./runtimes.ts";

const command = {
  usage: "npm run verify --",
  summary:
    "Runs every variant of a model on every execution provider at hand (Node: cpu, webgpu, cuda; a browser: wasm, webgpu)\n" +
    "and compares pixels, embeddings and the ten nearest images with the goldens of model.json. The exit code is 1 if\n" +
    "one of them is wrong; providers that are not there are named on stderr.",
  options: {
    name: {
      description: "name of the model",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
    json: { description: "print the rows as one JSON object", schema: z.boolean().default(false) },
  },
};

/** Images to search among: enough that the ten nearest are a choice. */
const gallerySize = 200;

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const manifest = await readManifest(folder);
  await checkFiles(folder, manifest);
  const gallery = await heldOutGallery(folder, manifest, gallerySize);
  const runtimes = await openRuntimes(folder, signal);
  const rows: VerifyRow[] = [];
  let wrong = false;
  try {
    for (const { name, run } of runtimes.table) {
      for (const file of manifest.files) {
        signal.throwIfAborted();
        const outcome = await run(file.file, file.variant === "fp16");
        if ("absent" in outcome) {
          process.stderr.write(`not checked: ${file.variant} on ${name}: ${outcome.absent}\n`);
          continue;
        }
        const row = compare(name, file, manifest.goldens, outcome.answer, gallery);
        rows.push(row);
        wrong ||= !agrees(row, file);
      }
    }
  } finally {
    await runtimes.close();
  }
  // A cosine that is no number would not be JSON's either: it is written as null.
  print(options.json ? JSON.stringify({ rows }) : matrix(rows, manifest.files));
  if (wrong) process.exitCode = 1;
});
