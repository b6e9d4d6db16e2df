import { expect, test } from "vitest";
import { pixelDifference } from "./pixelDifference.ts";

test("measures the largest, the mean and the share of differences of either sign", () => {
  expect(pixelDifference(Uint8Array.of(0, 10, 20, 255), Uint8Array.of(0, 12, 14, 255))).toEqual({
    largest: 6,
    mean: 2,
    share: 0.5,
  });
  expect(pixelDifference(Uint8Array.of(7, 8), Uint8Array.of(7, 8))).toEqual({
    largest: 0,
    mean: 0,
    share: 0,
  });
});

test("rejects buffers of different lengths", () => {
  expect(() => pixelDifference(new Uint8Array(3), new Uint8Array(6))).toThrow("3 and 6 values");
});
