import { resnet50Cgd } from "@plumage/models";
import { expect, test } from "vitest";
import { chooseMicroBatch, stepBytes } from "./microBatch.ts";

const wish = {
  architecture: resnet50Cgd(100, 224),
  batch: 128,
  batchNorm: "frozen",
  asked: "auto",
  available: 64e9,
} as const;

test("the whole batch where it fits", () => {
  expect(chooseMicroBatch(wish)).toEqual({ microBatch: 128, why: undefined });
});

test("else the largest divisor that fits, and why", () => {
  const { microBatch, why } = chooseMicroBatch({ ...wish, available: 4e9 });
  expect(128 % microBatch).toBe(0);
  expect(stepBytes(wish.architecture, microBatch)).toBeLessThanOrEqual(0.7 * 4e9);
  expect(stepBytes(wish.architecture, 2 * microBatch)).toBeGreaterThan(0.7 * 4e9);
  expect(why).toMatch(
    /^micro-batches of \d+: a batch of 128 at once needs about \d+\.\d GB, and 4\.0 GB is free$/,
  );
});

test("no more than 5 GB for micro-batches, however much is free", () => {
  const { microBatch } = chooseMicroBatch({ ...wish, available: 40e9 });
  expect(stepBytes(wish.architecture, microBatch)).toBeLessThanOrEqual(5e9);
  expect(stepBytes(wish.architecture, 2 * microBatch)).toBeGreaterThan(5e9);
});

test("one image at a time where hardly anything fits", () => {
  expect(chooseMicroBatch({ ...wish, available: 1e9 }).microBatch).toBe(1);
});

test("a number that was asked for is taken, if it divides the batch", () => {
  expect(chooseMicroBatch({ ...wish, asked: 32, available: 1e9 })).toEqual({
    microBatch: 32,
    why: undefined,
  });
  expect(() => chooseMicroBatch({ ...wish, asked: 48 })).toThrow(
    "does not divide the batch of 128",
  );
});

test("batch norm by the batch's statistics is never cut", () => {
  expect(chooseMicroBatch({ ...wish, batchNorm: "batch" })).toEqual({
    microBatch: 128,
    why: undefined,
  });
  expect(() => chooseMicroBatch({ ...wish, batchNorm: "batch", asked: 32 })).toThrow(
    "cannot be cut",
  );
  expect(chooseMicroBatch({ ...wish, batchNorm: "batch", available: 8e9 }).why).toMatch(
    /a smaller --batch/,
  );
});
