import { expect, test } from "vitest";
import { type AgreementRecord, table } from "./agreementReport.ts";

const record: AgreementRecord = {
  query: "png-8x8",
  provider: "wasm",
  pixelsEqual: true,
  cosine: 0.99999987,
  top10Overlap: 1,
};

test("one aligned row for each query and provider", () => {
  const results = [record, { ...record, provider: "webgpu" as const, pixelsEqual: false }];
  expect(table({ format: "plumage-agreement/1", created: "2026-01-01T00:00:00Z", skipped: [], results })).toEqual([
    "query    provider  pixels  cosine    top 10",
    "png-8x8  wasm      equal   1.000000  10/10",
    "png-8x8  webgpu    close   1.000000  10/10",
  ]);
});

test("what was not tested is said", () => {
  const skipped = [{ provider: "webgpu" as const, reason: "no adapter" }];
  const lines = table({ format: "plumage-agreement/1", created: "2026-01-01T00:00:00Z", skipped, results: [record] });
  expect(lines.at(-1)).toBe("NOT TESTED on webgpu: no adapter");
});
