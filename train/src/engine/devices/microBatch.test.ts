import { resnet50Cgd } from "@plumage/models";
import { expect, test } from "vitest";
import { assertFits, chooseMicroBatch, stepBytes } from "./microBatch.ts";

const options = {
  architecture: resnet50Cgd(100, 224),
  batch: 128,
  batchNorm: "frozen",
  requested: "auto",
  available: 64e9,
  onCpu: true,
} as const;

test("chooses the whole batch where it fits", () => {
  expect(chooseMicroBatch(options)).toEqual({ microBatch: 128, message: undefined });
});

test("otherwise chooses the largest divisor that fits, and says why", () => {
  const { microBatch, message } = chooseMicroBatch({ ...options, available: 4e9 });
  expect(128 % microBatch).toBe(0);
  expect(stepBytes(options.architecture, microBatch)).toBeLessThanOrEqual(0.7 * 4e9);
  expect(stepBytes(options.architecture, 2 * microBatch)).toBeGreaterThan(0.7 * 4e9);
  expect(message).toMatch(
    /^micro-batches of \d+: a whole batch of 128 needs about \d+\.\d GB and 4\.0 GB is free$/,
  );
});

test("uses at most 5 GB for micro-batches, however much is free", () => {
  const { microBatch } = chooseMicroBatch({ ...options, available: 40e9 });
  expect(stepBytes(options.architecture, microBatch)).toBeLessThanOrEqual(5e9);
  expect(stepBytes(options.architecture, 2 * microBatch)).toBeGreaterThan(5e9);
});

test("falls back to one image at a time", () => {
  expect(chooseMicroBatch({ ...options, available: 1e9 }).microBatch).toBe(1);
});

test("takes a requested divisor and rejects other numbers", () => {
  expect(chooseMicroBatch({ ...options, requested: 32, available: 8e9 })).toEqual({
    microBatch: 32,
    message: undefined,
  });
  expect(() => chooseMicroBatch({ ...options, requested: 48 })).toThrow(
    "does not divide the batch of 128",
  );
});

test("never splits a batch whose batch norm uses the batch's statistics", () => {
  expect(chooseMicroBatch({ ...options, batchNorm: "batch" })).toEqual({
    microBatch: 128,
    message: undefined,
  });
  expect(() => chooseMicroBatch({ ...options, batchNorm: "batch", requested: 32 })).toThrow(
    "micro-batches need frozen batch norm",
  );
  const { message } = chooseMicroBatch({ ...options, batchNorm: "batch", available: 30e9 });
  expect(message).toMatch(/lower --batch/);
});

test("refuses sizes far beyond the memory", () => {
  const refused = (given: object) => () => chooseMicroBatch({ ...options, ...given });
  const error = (message: RegExp) =>
    expect.objectContaining({ code: "bad-input", message: expect.stringMatching(message) });
  const huge = { batchNorm: "batch", batch: 1_000_000 };
  expect(refused(huge)).toThrow(error(/^a step of 1000000 images needs about \d+\.\d GB/));
  expect(refused({ requested: 128, available: 4e9 })).toThrow(error(/^a step of 128 images/));
  expect(refused({ ...huge, onCpu: false })).not.toThrow();
  const wide = resnet50Cgd(100, 1024, { dimension: 65_536 });
  expect(() => assertFits(wide, 2e9)).toThrow(error(/^a step of 1 image needs about \d+\.\d GB/));
  expect(() => assertFits(wide, 64e9)).not.toThrow();
});
