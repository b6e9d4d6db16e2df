import { expect, test } from "vitest";
import { probe } from "./goldens.ts";

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");

/**
 * A model of two numbers: mean of the first half of the pixels, mean of the second, both as they
 * are.
 */
const embed = async (pixels: Uint8Array) => {
  const mean = (values: Uint8Array) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return Float32Array.of(mean(pixels.subarray(0, 3)), mean(pixels.subarray(3)));
};
const golden = (pixels: number[], embedding: number[]) => ({
  pixels: base64(Uint8Array.from(pixels)),
  embedding: base64(new Uint8Array(Float32Array.from(embedding).buffer)),
});

test("a session that computes the goldens has cosine one", async () => {
  const goldens = [golden([3, 3, 3, 4, 4, 4], [0.6, 0.8]), golden([200, 255, 1, 0, 0, 0], [1, 0])];
  expect(await probe(embed, goldens)).toBeCloseTo(1, 6);
});

test("the worst golden counts", async () => {
  const goldens = [golden([3, 3, 3, 4, 4, 4], [0.6, 0.8]), golden([9, 9, 9, 0, 0, 0], [0.6, 0.8])];
  expect(await probe(embed, goldens)).toBeCloseTo(0.6, 6);
});

test("what cannot be compared is not a number, and stays so", async () => {
  const zero = golden([0, 0, 0, 0, 0, 0], [0.6, 0.8]);
  expect(await probe(embed, [zero, golden([3, 3, 3, 4, 4, 4], [0.6, 0.8])])).toBeNaN();
});
