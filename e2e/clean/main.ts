/** `npm run clean`: removes what builds and tests leave behind. */
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "@plumage/models/cli";
import { repositoryRoot } from "@plumage/models/node";
import { z } from "zod";
import { modelName } from "../support/pipeline/model.ts";

const command = {
  usage: "npm run clean --",
  summary:
    "Removes build outputs, test results and temporary files. Trained models and downloads\n" +
    "stay unless an option says so.",
  options: {
    models: {
      description: "also remove every trained model, with its index and gallery (models/store)",
      schema: z.boolean().default(false),
    },
    data: {
      description: "also remove downloaded and rendered data sets and weights (train/data)",
      schema: z.boolean().default(false),
    },
    dryRun: {
      description: "list what would be removed",
      schema: z.boolean().default(false),
    },
  },
};

/** Outputs that a command makes again; the last is the model of the browser tests. */
const outputs = [
  ".tmp",
  "web/dist",
  "docs/api",
  "test-results",
  "playwright-report",
  "e2e/report.json",
  `models/store/${modelName}`,
];

/** Files that a killed process left half written (writeFileWhole in models). */
async function temporaryFiles(root: string): Promise<string[]> {
  const store = "models/store";
  if (!existsSync(join(root, store))) return [];
  const names = await readdir(join(root, store), { recursive: true });
  return names
    .filter((name) => /(^|[\\/])\.[0-9a-f]{12}\.tmp$/.test(name))
    .map((name) => `${store}/${name}`);
}

await runCommand(command, async ({ options, print }) => {
  const root = repositoryRoot();
  const paths = [
    ...outputs,
    ...(await temporaryFiles(root)),
    ...(options.models ? ["models/store"] : []),
    ...(options.data ? ["train/data"] : []),
  ].filter((path) => existsSync(join(root, path)));
  for (const path of paths) {
    if (!options.dryRun) await rm(join(root, path), { recursive: true, force: true });
    print(`${options.dryRun ? "would remove" : "removed"} ${path}`);
  }
  if (paths.length === 0) print("nothing to remove");
});
