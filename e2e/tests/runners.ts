/** Runs Vitest and Playwright, each to its end whatever fails. */
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readJson, repositoryRoot, storeFolder, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";
import { findChromium } from "../support/browser/chromium.ts";
import { modelName } from "../support/pipeline/model.ts";
import { stampOf } from "../support/pipeline/stamp.ts";
import { stepsFor } from "../support/pipeline/steps.ts";
import { exitOf, run } from "../support/processes.ts";
import { type Results, resultFiles } from "../support/results/results.ts";

/** Enough for a complete model; its accuracy does not matter here. */
const quick = {
  train: ["--iterations", "4", "--batch", "32", "--held-out", "100"],
  // The tests need int8, which the page offers only if it loses less than 0.5 points of P@1:
  // with 1,000 images, that takes more than chance.
  export: ["--held-out", "1000"],
  index: ["--limit", "600"],
};

const stampsSchema = z.record(z.string(), z.string());
const require = createRequire(import.meta.url);

/** Runs the steps whose sources have changed since they last ran, and all that follow them. */
async function prepare(signal: AbortSignal, print: (line: string) => void): Promise<void> {
  const file = join(storeFolder(modelName), "stamps.json");
  const stamps = existsSync(file) ? await readJson(file, stampsSchema) : {};
  let previous = "";
  for (const { name, program, sources, output } of stepsFor(modelName, quick)) {
    previous = await stampOf(repositoryRoot(), sources, [previous, ...program.args]);
    if (stamps[name] === previous && existsSync(output)) continue;
    print(`preparing: ${name}`);
    await run(name, program, signal);
    stamps[name] = previous;
    await writeFileWhole(file, `${JSON.stringify(stamps, null, 2)}\n`);
  }
}

/** @returns Vitest's exit code, or the name of the signal that ended it */
export async function runUnitTests(signal: AbortSignal): Promise<number | string> {
  await rm(resultFiles.vitest, { force: true });
  const cli = join(dirname(require.resolve("vitest/package.json")), "vitest.mjs");
  return exitOf({ args: [cli, "run"] }, signal);
}

export interface BrowserTestOptions {
  /** Makes the model, index and page again. */
  readonly fresh?: boolean;
  /** Part of the names of the spec files to run. */
  readonly only?: string | undefined;
  /** How often each test runs. */
  readonly repeat?: number;
}

/** @returns Playwright's exit code, or the name of the signal that ended it */
export async function runBrowserTests(
  { fresh = false, only, repeat = 1 }: BrowserTestOptions,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<number | string> {
  await rm(resultFiles.playwright, { force: true });
  const chromium = findChromium(print);
  print(`browser: ${chromium}`);
  if (fresh) await rm(storeFolder(modelName), { recursive: true, force: true });
  await prepare(signal, print);
  const args = [
    require.resolve("@playwright/test/cli"),
    "test",
    ...["--config", "e2e/tests/playwright.config.ts"],
    ...["--repeat-each", String(repeat)],
    ...(only ? [only] : []),
  ];
  return exitOf({ args, env: { PLUMAGE_CHROMIUM: chromium } }, signal);
}

/** Adds a failure if a runner failed without one in its report: a crash, an unhandled error. */
export function withExit(results: Results, name: string, exit: number | string): Results {
  if (exit === 0 || results.failures.length > 0) return results;
  const error = `ended with ${exit}, though no test failed; see the output above`;
  return { ...results, failures: [{ name, error }] };
}
