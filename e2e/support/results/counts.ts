/** How many tests passed and failed, from the JSON that vitest and Playwright leave behind. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readJson, repositoryRoot } from "@plumage/models/node";
import { z } from "zod";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Where the runners write; vitest.config.ts and playwright.config.ts name the same files. */
export const resultFiles = {
  vitest: join(repositoryRoot(), ".tmp", "vitest.json"),
  playwright: join(repositoryRoot(), ".tmp", "playwright.json"),
};

const count = z.int().nonnegative();
const vitestSchema = z.object({
  numPassedTests: count,
  numFailedTests: count,
  numPendingTests: count,
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
});
const playwrightSchema = z.object({
  stats: z.object({ expected: count, unexpected: count, flaky: count, skipped: count }),
  errors: z.array(z.unknown()),
});

/** A file that could not even be loaded has no tests to fail: it counts as one. */
export async function vitestCounts(path: string): Promise<Counts> {
  const result = await readJson(path, vitestSchema);
  const unloaded = result.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + unloaded.length,
    skipped: result.numPendingTests,
  };
}

/** A flaky test passed on a second try; errors outside any test count one by one. */
export async function playwrightCounts(path: string): Promise<Counts> {
  const { stats, errors } = await readJson(path, playwrightSchema);
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  };
}

/** The sum; a runner that left no file did not run, which counts as one failure. */
export async function allCounts(files = resultFiles): Promise<Counts> {
  const parts = await Promise.all([
    existsSync(files.vitest) ? vitestCounts(files.vitest) : notRun,
    existsSync(files.playwright) ? playwrightCounts(files.playwright) : notRun,
  ]);
  const sum = (key: keyof Counts) => parts.reduce((total, part) => total + part[key], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

const notRun: Counts = { passed: 0, failed: 1, skipped: 0 };
