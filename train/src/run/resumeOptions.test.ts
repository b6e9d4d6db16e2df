import { expect, test } from "vitest";
import { tinyStart } from "../../test/tinyStart.ts";
import { assertSameSettings } from "./resumeOptions.ts";
import { type TrainOptions, trainOptionTable } from "./trainOptions.ts";

const run = tinyStart("finetune", 9, { data: { root: "/birds", crop: true, strict: false } });
/** Options with their defaults, of which some are given. */
const check = (given: Partial<Record<keyof TrainOptions, unknown>>) => {
  const options = Object.fromEntries(
    Object.entries(trainOptionTable).map(([name, { schema }]) => [
      name,
      schema.parse(given[name as keyof TrainOptions]),
    ]),
  ) as TrainOptions;
  return () => assertSameSettings(run, options, new Set(Object.keys(given)));
};

test.each([
  {},
  { resume: true, name: "birds", iterations: "20", threads: "2", heldOut: "100", device: "cpu" },
  { rate: "0.001", batch: "8", root: "/birds", weights: "none", size: "32" },
])("accepts what may change, and what is the same: %j", (given) => {
  expect(check(given)).not.toThrow();
});

test.each([
  [{ rate: "0.01" }, "--rate 0.01 is not the run's 0.001"],
  [{ batch: "16" }, "--batch 16 is not the run's 8"],
  [{ seed: "6" }, "--seed 6 is not the run's 5"],
  [{ root: "/cats" }, "--root /cats is not the run's /birds"],
  [{ crop: false }, "--crop false is not the run's true"],
  [{ weights: "/other.pth" }, "--weights /other.pth is not the run's none"],
  [{ size: "64" }, "--size 64 is not the run's 32"],
  [{ margin: "0.3" }, "--margin 0.3 is not the run's default"],
  [{ evaluateEvery: "5" }, "--evaluate-every 5 is not the run's default"],
  [{ fineMap: true }, "--fine-map true is not the run's false"],
])("refuses %j", (given, message) => {
  expect(check(given)).toThrow(
    expect.objectContaining({ code: "bad-input", message: expect.stringContaining(message) }),
  );
});
