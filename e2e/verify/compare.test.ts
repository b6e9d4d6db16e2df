import { cosineLimit, type Manifest, type ManifestFile } from "@plumage/models";
import { expect, test } from "vitest";
import { agrees, compare } from "./compare.ts";

const unit = (values: number[]) => values.map((value) => value / Math.hypot(...values));
const base64 = (values: readonly number[]) =>
  Buffer.from(Float32Array.from(values).buffer).toString("base64");
const expected = [unit([1, 2, 3, 4]), unit([4, -3, 2, 1])];
const goldens: Manifest["goldens"] = expected.map((embedding) => ({
  pixels: "",
  embedding: base64(embedding),
}));

const vectors = Array.from({ length: 40 }, (_, i) =>
  unit([Math.sin(i), Math.cos(i), Math.sin(3 * i), 0.3]),
);
const gallery = { count: vectors.length, embeddings: Float32Array.from(vectors.flat()) };
const file = (variant: ManifestFile["variant"], cosineMin: number): ManifestFile => ({
  file: "embedder.onnx",
  variant,
  bytes: 1,
  sha256: "0".repeat(64),
  cosineMin,
});
const fp32 = file("fp32", 1);
const checkOf = (file: ManifestFile) => ({ input: "image" as const, file, goldens });
const row = (embeddings: number[][], inputEqual = true, of = fp32) => {
  const answers = embeddings.map((embedding, i) => ({
    inputEqual,
    embedding,
    ms: [50, 3, 4][i]!,
  }));
  return compare("node-cpu", checkOf(of), { goldens: answers }, gallery);
};

test("accepts a runtime that gives the goldens, and leaves its first run out of the time", () => {
  const right = row(expected);
  expect(right).toMatchObject({
    variant: "fp32",
    provider: "node-cpu",
    inputEqual: true,
    top10Overlap: 1,
    ms: 3,
  });
  expect(right.cosineMin).toBeCloseTo(1, 6);
  expect(right.maxAbs).toBeLessThan(1e-7);
  expect(agrees(right, checkOf(fp32))).toBe(true);
});

test("rejects one wrong embedding among right ones, and different pixels", () => {
  const swapped = row([expected[0]!, unit([4, -3, 2, -1])]);
  expect(swapped.cosineMin).toBeCloseTo(28 / 30, 6);
  expect(swapped.maxAbs).toBeCloseTo(2 / Math.sqrt(30), 6);
  expect(swapped.top10Overlap).toBeLessThan(1);
  expect(agrees(swapped, checkOf(fp32))).toBe(false);
  expect(agrees(row(expected, false), checkOf(fp32))).toBe(false);
});

test("rejects NaN, and throws for fewer answers than goldens", () => {
  expect(agrees(row([expected[0]!, [Number.NaN, 0, 0, 0]]), checkOf(fp32))).toBe(false);
  expect(() => row([expected[0]!])).toThrow("1 answers to 2 goldens");
});

test("allows variants, but not fp32, twice the distance that export measured", () => {
  expect(cosineLimit("verify", file("int8", 0.998))).toBeCloseTo(0.996, 10);
  expect(cosineLimit("verify", file("fp16", 0.9999999))).toBe(0.9999);
  expect(cosineLimit("verify", file("fp32", 0.9))).toBe(0.9999);
});
