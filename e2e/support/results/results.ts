/** What the last test run gave, read from the JSON reports of Vitest and Playwright. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { readJson, repositoryRoot } from "@plumage/models/node";
import { z } from "zod";

export interface Failure {
  /** File and titles, as a reader would search for them: "web/src/x.test.ts > sorts". */
  readonly name: string;
  /** The first lines of the error. */
  readonly error: string;
}

export interface Results {
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
}

/** Where the runners write: see vitest.config.ts and playwright.config.ts. */
export const resultFiles = {
  vitest: join(repositoryRoot(), ".tmp", "vitest.json"),
  playwright: join(repositoryRoot(), ".tmp", "playwright.json"),
};

const count = z.int().nonnegative();
const vitestSchema = z.object({
  numPassedTests: count,
  numPendingTests: count,
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(""),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          failureMessages: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
});

const playwrightError = z.object({ message: z.string().default("") });
const specSchema = z.object({
  title: z.string(),
  tests: z.array(
    z.object({
      status: z.enum(["expected", "unexpected", "flaky", "skipped"]),
      results: z.array(z.object({ errors: z.array(playwrightError) })),
    }),
  ),
});
const suiteSchema = z.object({
  title: z.string(),
  specs: z.array(specSchema).default([]),
  get suites() {
    return z.array(suiteSchema).default([]);
  },
});
type Suite = z.infer<typeof suiteSchema>;
const playwrightSchema = z.object({
  stats: z.object({ expected: count, flaky: count, skipped: count }),
  suites: z.array(suiteSchema),
  errors: z.array(playwrightError),
});

/** A file that does not load has no tests to fail: it counts as one failure. */
export async function vitestResults(path: string): Promise<Results> {
  const report = await readJson(path, vitestSchema);
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(repositoryRoot(), name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (status === "failed" && failed.length === 0)
      return [{ name: file, error: firstLines(message) }];
    return failed.map(({ ancestorTitles, title, failureMessages }) => ({
      name: [file, ...ancestorTitles, title].join(" > "),
      error: firstLines(failureMessages[0] ?? ""),
    }));
  });
  return { passed: report.numPassedTests, skipped: report.numPendingTests, failures };
}

/** A flaky test counts as passed; each error outside of a test counts as a failure. */
export async function playwrightResults(path: string): Promise<Results> {
  const { stats, suites, errors } = await readJson(path, playwrightSchema);
  const failuresIn = (suite: Suite, titles: readonly string[]): Failure[] => {
    const own = suite.specs.flatMap(({ title, tests }) =>
      tests
        .filter(({ status }) => status === "unexpected")
        .map(({ results }) => ({
          name: [...titles, title].join(" > "),
          error: firstLines(results.at(-1)?.errors[0]?.message ?? ""),
        })),
    );
    const nested = suite.suites.flatMap((inner) => failuresIn(inner, [...titles, inner.title]));
    return [...own, ...nested];
  };
  const outside = errors.map(({ message }) => ({
    name: "outside of any test",
    error: firstLines(message),
  }));
  return {
    passed: stats.expected + stats.flaky,
    skipped: stats.skipped,
    failures: [
      ...suites.flatMap((file) => failuresIn(file, [`e2e/tests/${file.title}`])),
      ...outside,
    ],
  };
}

/** The results of both runners. A runner that left no report counts as one failure. */
export async function allResults(files = resultFiles): Promise<Results> {
  const [unit, browser] = await Promise.all([
    existsSync(files.vitest) ? vitestResults(files.vitest) : missingReport("unit tests"),
    existsSync(files.playwright)
      ? playwrightResults(files.playwright)
      : missingReport("browser tests"),
  ]);
  return {
    passed: unit.passed + browser.passed,
    skipped: unit.skipped + browser.skipped,
    failures: [...unit.failures, ...browser.failures],
  };
}

/** A runner that left no report. */
export const missingReport = (what: string): Results => ({
  passed: 0,
  skipped: 0,
  failures: [{ name: what, error: "did not run to the end; see the output above" }],
});

const mostLines = 4;
const ansi = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** The lines of an error before its code frame, stack or call log, without colors. */
function firstLines(message: string): string {
  const lines = message.replace(ansi, "").split("\n");
  const end = lines.findIndex((line) => /^\s+at |^Call log:|^[\s>]*\d+ \|/.test(line));
  return lines
    .slice(0, end < 0 ? undefined : end)
    .filter((line) => line.trim() !== "")
    .slice(0, mostLines)
    .join("\n");
}
