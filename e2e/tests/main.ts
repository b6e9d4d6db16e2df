/**
 * `npm run test:e2e`: makes a small model of its own where none stands, then has Playwright try
 * everything on it.
 */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runCommand } from "@plumage/models/cli";
import { readJson, repositoryRoot, storeFolder, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";
import { findChromium } from "../support/browser/chromium.ts";
import { modelName } from "../support/pipeline/model.ts";
import { stampOf } from "../support/pipeline/stamp.ts";
import { stepsFor } from "../support/pipeline/steps.ts";
import { run } from "../support/processes.ts";
import { resultFiles } from "../support/results/counts.ts";

/** Enough to have a whole model; what it has learned does not matter here. */
const quick = {
  train: ["--iterations", "4", "--batch", "32", "--held-out", "400"],
  index: ["--limit", "600"],
};

const command = {
  usage: "npm run test:e2e --",
  summary:
    "Tests the commands, the server and the page, in a real browser, with a model of its own (models/store/e2e).",
  options: {
    fresh: {
      description: "make the model, the index and the page again",
      schema: z.boolean().default(false),
    },
    only: {
      description: "run only the spec files whose name contains this",
      value: "TEXT",
      schema: z.string().optional(),
    },
  },
};

const stampsSchema = z.record(z.string(), z.string());

/** Runs the steps whose sources have changed since they last ran, and all that follow them. */
async function prepare(signal: AbortSignal, print: (line: string) => void): Promise<void> {
  const file = join(storeFolder(modelName), "stamps.json");
  const stamps = existsSync(file) ? await readJson(file, stampsSchema) : {};
  let before = "";
  for (const { name, program, sources, output } of stepsFor(modelName, quick)) {
    before = await stampOf(repositoryRoot(), sources, [before, ...program.words]);
    if (stamps[name] === before && existsSync(output)) continue;
    print(`preparing: ${name}`);
    await run(name, program, signal);
    stamps[name] = before;
    await writeFileWhole(file, `${JSON.stringify(stamps, null, 2)}\n`);
  }
}

await runCommand(command, async ({ options, signal, print }) => {
  const chromium = findChromium(print);
  print(`browser: ${chromium}`);
  await rm(resultFiles.playwright, { force: true });
  if (options.fresh) await rm(storeFolder(modelName), { recursive: true, force: true });
  await prepare(signal, print);
  const cli = createRequire(import.meta.url).resolve("@playwright/test/cli");
  const words = [
    cli,
    "test",
    "--config",
    "e2e/tests/playwright.config.ts",
    ...(options.only ? [options.only] : []),
  ];
  await run("the browser tests", { words, environment: { PLUMAGE_CHROMIUM: chromium } }, signal);
});
