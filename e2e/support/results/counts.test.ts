import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allCounts, playwrightCounts, vitestCounts } from "./counts.ts";

let folder: string;
const file = async (name: string, content: unknown) => {
  const path = join(folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "plumage-counts-"));
});
afterAll(() => rm(folder, { recursive: true }));

const vitestResult = {
  numPassedTests: 40,
  numFailedTests: 2,
  numPendingTests: 1,
  testResults: [
    { status: "passed", assertionResults: [{}] },
    { status: "failed", assertionResults: [{}, {}] },
    { status: "failed", assertionResults: [] },
  ],
};
const playwrightResult = {
  stats: { expected: 30, unexpected: 1, flaky: 1, skipped: 18 },
  errors: [{}],
};

test("a test file that cannot be loaded counts as a failure", async () => {
  expect(await vitestCounts(await file("v.json", vitestResult))).toEqual({
    passed: 40,
    failed: 3,
    skipped: 1,
  });
});

test("flaky tests passed in the end, errors outside tests are failures", async () => {
  expect(await playwrightCounts(await file("p.json", playwrightResult))).toEqual({
    passed: 31,
    failed: 2,
    skipped: 18,
  });
});

test("the sum, with a runner that did not run as one failure", async () => {
  const vitest = await file("v.json", vitestResult);
  const playwright = await file("p.json", playwrightResult);
  expect(await allCounts({ vitest, playwright })).toEqual({ passed: 71, failed: 5, skipped: 19 });
  const absent = join(folder, "absent.json");
  expect(await allCounts({ vitest, playwright: absent })).toEqual({
    passed: 40,
    failed: 4,
    skipped: 1,
  });
});

test("a damaged file is an error, not a pass", async () => {
  await expect(vitestCounts(await file("bad.json", { numPassedTests: 3 }))).rejects.toThrow(
    "bad.json",
  );
});
