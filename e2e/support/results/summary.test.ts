import { expect, test } from "vitest";
import { summary } from "./summary.ts";

test("prints the counts alone when everything passed", () => {
  expect(summary({ passed: 3, skipped: 0, failures: [] })).toEqual(["3 passed, 0 failed"]);
});

test("ends with each failure, the number of skipped tests and the counts", () => {
  const failures = [{ name: "a.spec.ts > finds an owl", error: "Error: not found\nExpected: owl" }];
  expect(summary({ passed: 1, skipped: 2, failures })).toEqual([
    "FAILED a.spec.ts > finds an owl",
    "    Error: not found",
    "    Expected: owl",
    "2 skipped",
    "1 passed, 1 failed",
  ]);
});
