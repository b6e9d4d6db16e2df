import { expect, test } from "vitest";
import { type AgreementRecord, type AgreementReport, reportLines } from "./report.ts";

const record: AgreementRecord = {
  query: "png-8x8",
  provider: "wasm",
  pixelsEqual: true,
  cosine: 0.99999987,
  top10Overlap: 1,
};

const report: AgreementReport = {
  format: "plumage-agreement/1",
  created: "2026-01-01T00:00:00Z",
  skipped: [],
  results: [],
  decoding: [],
};

test("prints one aligned row for each query and provider", () => {
  const results = [record, { ...record, provider: "webgpu" as const, pixelsEqual: false }];
  expect(reportLines({ ...report, results })).toEqual([
    "query    provider  pixels  cosine    top 10",
    "png-8x8  wasm      equal   1.000000  10/10",
    "png-8x8  webgpu    close   1.000000  10/10",
  ]);
});

test("prints one row for each image that both decoded", () => {
  const decoding = [
    { query: "png-8x8", largest: 0, mean: 0, share: 0 },
    { query: "avif", largest: 72, mean: 1.26, share: 0.2523 },
  ];
  expect(reportLines({ ...report, decoding })).toEqual([
    "image    decoded pixels (0 to 255)",
    "png-8x8  equal",
    "avif     25.2% differ: at most 72, mean 1.26",
  ]);
});

test("names the providers that were not tested", () => {
  const skipped = [{ provider: "webgpu" as const, reason: "no adapter" }];
  expect(reportLines({ ...report, skipped, results: [record] }).at(-1)).toBe(
    "NOT TESTED on webgpu: no adapter",
  );
});
