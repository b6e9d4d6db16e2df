import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleReport } from "../../test/sampleRun.ts";
import { readReport, writeReport } from "./report.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-report-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("writes the figures under the names that are looked for, and reads them back", async () => {
  const report = sampleReport();
  await writeReport(folder, report);
  const plain = JSON.parse(readFileSync(join(folder, "report.json"), "utf8"));
  expect(plain.metrics.precisionAt1).toBe(report.metrics.precisionAt1);
  expect(Object.keys(plain.metrics.recallAt)).toEqual(["1", "2", "4", "8"]);
  expect(plain.metrics.mapAtR).toBe(report.metrics.mapAtR);
  expect(plain.metrics.rPrecision).toBe(report.metrics.rPrecision);
  expect(plain.baselines.rawPixels.precisionAt1).toBe(report.baselines.rawPixels.precisionAt1);
  expect(plain.baselines.untrained.precisionAt1).toBe(report.baselines.untrained.precisionAt1);
  expect(await readReport(folder)).toEqual(report);
});

it("refuses to write what is not a report", async () => {
  const report = sampleReport();
  await expect(
    writeReport(folder, { ...report, metrics: { ...report.metrics, mapAtR: Number.NaN } }),
  ).rejects.toThrow();
});

it("names the file and the field of a report that cannot be used", async () => {
  writeFileSync(join(folder, "report.json"), JSON.stringify({ ...sampleReport(), seed: "one" }));
  await expect(readReport(folder)).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/report\.json.*seed/s),
  });
});
