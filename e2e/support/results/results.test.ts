import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryRoot } from "@plumage/models/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allResults, playwrightResults, vitestResults } from "./results.ts";

let folder: string;
const file = async (name: string, content: unknown) => {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-results-"));
});
afterAll(() => rm(folder, { recursive: true }));

const passed = { status: "passed", ancestorTitles: [], title: "adds", failureMessages: [] };
const vitestReport = {
  numPassedTests: 40,
  numPendingTests: 1,
  testResults: [
    { name: join(repositoryRoot(), "web/a.test.ts"), status: "passed", assertionResults: [passed] },
    {
      name: join(repositoryRoot(), "web/b.test.ts"),
      status: "failed",
      assertionResults: [
        passed,
        {
          status: "failed",
          ancestorTitles: ["sum"],
          title: "subtracts",
          failureMessages: [
            "\u001b[31mAssertionError: expected 1 to be 2\u001b[39m\n    at b.ts:3",
          ],
        },
      ],
    },
    {
      name: join(repositoryRoot(), "web/c.test.ts"),
      status: "failed",
      message: "Cannot find module './c.ts'\n    at c.test.ts:1",
      assertionResults: [],
    },
  ],
};
const failedSpec = {
  title: "finds an owl",
  tests: [
    {
      status: "unexpected",
      results: [
        { errors: [{ message: "Error: not found\n\nExpected: owl\n\n  20 | expect\n> 21 | x" }] },
      ],
    },
  ],
};
const playwrightReport = {
  stats: { expected: 30, unexpected: 1, flaky: 1, skipped: 18 },
  suites: [
    { title: "page.spec.ts", specs: [], suites: [{ title: "one visit", specs: [failedSpec] }] },
  ],
  errors: [{ message: "Error: out of time" }],
};

test("vitest: names each failed test, and a file that does not load", async () => {
  expect(await vitestResults(await file("v.json", vitestReport))).toEqual({
    passed: 40,
    skipped: 1,
    failures: [
      { name: "web/b.test.ts > sum > subtracts", error: "AssertionError: expected 1 to be 2" },
      { name: "web/c.test.ts", error: "Cannot find module './c.ts'" },
    ],
  });
});

test("playwright: flaky tests passed, errors outside of tests failed", async () => {
  expect(await playwrightResults(await file("p.json", playwrightReport))).toEqual({
    passed: 31,
    skipped: 18,
    failures: [
      {
        name: "e2e/tests/page.spec.ts > one visit > finds an owl",
        error: "Error: not found\nExpected: owl",
      },
      { name: "outside of any test", error: "Error: out of time" },
    ],
  });
});

test("adds both runners up; a missing report is one failure", async () => {
  const vitest = await file("v.json", vitestReport);
  const playwright = await file("p.json", playwrightReport);
  const both = await allResults({ vitest, playwright });
  expect([both.passed, both.skipped, both.failures.length]).toEqual([71, 19, 4]);
  const one = await allResults({ vitest, playwright: join(folder, "absent.json") });
  expect([one.passed, one.failures.at(-1)!.name]).toEqual([40, "browser tests"]);
});

test("rejects a damaged report", async () => {
  await expect(vitestResults(await file("bad.json", { numPassedTests: 3 }))).rejects.toThrow(
    "bad.json",
  );
});
