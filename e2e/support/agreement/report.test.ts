import { expect, test } from "vitest";
import { type AgreementRecord, type AgreementReport, table } from "./report.ts";

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

test("one aligned row for each query and provider", () => {
  const results = [record, { ...record, provider: "webgpu" as const, pixelsEqual: false }];
  expect(table({ ...report, results })).toEqual([
    "query    provider  pixels  cosine    top 10",
    "png-8x8  wasm      equal   1.000000  10/10",
    "png-8x8  webgpu    close   1.000000  10/10",
  ]);
});

test("one row for each image that both have decoded", () => {
  const decoding = [
    { query: "png-8x8", largest: 0, mean: 0, share: 0 },
    { query: "avif", largest: 72, mean: 1.26, share: 0.2523 },
  ];
  expect(table({ ...report, decoding })).toEqual([
    "image    decoded pixels, of 255",
    "png-8x8  equal",
    "avif     25.2% differ, by 72 at most, 1.26 on average",
  ]);
});

test("what was not tested is said", () => {
  const skipped = [{ provider: "webgpu" as const, reason: "no adapter" }];
  expect(table({ ...report, skipped, results: [record] }).at(-1)).toBe(
    "NOT TESTED on webgpu: no adapter",
  );
});
