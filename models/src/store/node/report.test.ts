import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Report, reportSchema } from "../report.ts";
import { startingCheckpoint } from "./paths.ts";
import { readReport, readReportIfAny, writeReport } from "./report.ts";

/** The checked-in report, written by an earlier version. */
const sampleReport = (): Report =>
  reportSchema.parse(JSON.parse(readFileSync(startingCheckpoint("emoji").report, "utf8")));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-report-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("writes a report and reads it back", async () => {
  const report = sampleReport();
  expect(await readReportIfAny(folder)).toBeUndefined();
  await writeReport(folder, report);
  expect(await readReport(folder)).toEqual(report);
});

it("rejects an invalid report before it writes anything", async () => {
  const report = sampleReport();
  await expect(
    writeReport(folder, { ...report, metrics: { ...report.metrics, mapAtR: Number.NaN } }),
  ).rejects.toThrow();
});

it("names the file and the field of an invalid report", async () => {
  writeFileSync(join(folder, "report.json"), JSON.stringify({ ...sampleReport(), seed: "one" }));
  await expect(readReport(folder)).rejects.toMatchObject({
    code: "bad-file",
    message: expect.stringMatching(/report\.json.*seed/s),
  });
});
