import { readFileSync } from "node:fs";
import { decodeFloat16, encodeFloat16, topK, uniform } from "@plumage/models";
import { expect, test } from "vitest";
import { assembleCosines, cosinesFile } from "../../../../build/cosines/assemble.ts";
import { EmbeddingRows } from "./cosines.ts";

const length = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));
const randomVector = (count: number, seed: number) => {
  const next = uniform(seed);
  return Float32Array.from({ length: count }, () => next() * 2 - 1);
};

test("the checked-in binary is assembled from cosines.wat", async () => {
  expect(new Uint8Array(readFileSync(cosinesFile("wasm")))).toEqual(
    new Uint8Array(await assembleCosines()),
  );
});

test.each([
  { count: 30, dimension: 48 },
  { count: 7, dimension: 8 },
  { count: 5, dimension: 13 },
  { count: 1, dimension: 1 },
])("matches the definition for $count rows of dimension $dimension", ({ count, dimension }) => {
  const packed = encodeFloat16(randomVector(count * dimension, 3));
  const rows = new EmbeddingRows(packed, dimension);
  expect(rows.count).toBe(count);
  const values = decodeFloat16(packed);
  for (const seed of [4, 5]) {
    const raw = randomVector(dimension, seed);
    const query = raw.map((value) => value / length(raw));
    const scores = rows.cosines(query);
    expect(scores).toHaveLength(count);
    for (let row = 0; row < count; row++) {
      const one = values.subarray(row * dimension, (row + 1) * dimension);
      const dot = one.reduce((sum, value, i) => sum + value * query[i]!, 0);
      expect(scores[row]).toBeCloseTo(dot / length(one), 5);
      for (const [i, value] of rows.row(row).entries())
        expect(value).toBeCloseTo(one[i]! / length(one), 6);
    }
  }
});

test("decodes every kind of half float: both signs, subnormal, largest, zero", () => {
  const values = Float32Array.of(
    0,
    -0,
    2 ** -24,
    -(2 ** -24),
    2 ** -14,
    65504,
    -65504,
    1,
    -1.5,
    0.333251953125,
  );
  for (const value of values) {
    const row = new Float32Array(8);
    row[5] = value;
    const rows = new EmbeddingRows(encodeFloat16(row), 8);
    const axis = new Float32Array(8);
    axis[5] = 1;
    expect(rows.cosines(axis)[0]).toBeCloseTo(Math.sign(value), 6);
  }
});

test("a zero row scores 0", () => {
  const rows = new EmbeddingRows(encodeFloat16(Float32Array.of(0, 0, 3, 4)), 2);
  expect([...rows.cosines(Float32Array.of(1, 0))].map((score) => Math.fround(score))).toEqual([
    0,
    Math.fround(0.6),
  ]);
  expect([...rows.row(0)]).toEqual([0, 0]);
});

test("half floats keep recall@10 against float32 at 0.99 or higher", () => {
  const [count, dimension, classes, queries, k] = [2000, 1536, 40, 100, 10];
  const unit = (values: Float32Array) => {
    const norm = length(values);
    return values.map((value) => value / norm);
  };
  const centers = Array.from({ length: classes }, (_, i) => randomVector(dimension, 100 + i));
  // Tight clusters, as from a trained embedder: there, rounding is most likely to reorder results.
  const vector = (i: number) => {
    const noise = randomVector(dimension, 1000 + i);
    return unit(centers[i % classes]!.map((value, at) => value + 0.5 * noise[at]!));
  };
  const exact = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) exact.set(vector(i), i * dimension);
  const rows = new EmbeddingRows(encodeFloat16(exact), dimension);
  let found = 0;
  for (let i = count; i < count + queries; i++) {
    const query = vector(i);
    const scores = new Float32Array(count);
    for (let row = 0; row < count; row++) {
      let dot = 0;
      for (let at = 0; at < dimension; at++) dot += exact[row * dimension + at]! * query[at]!;
      scores[row] = dot;
    }
    const nearest = new Set(topK(scores, k).map(({ index }) => index));
    found += topK(rows.cosines(query), k).filter(({ index }) => nearest.has(index)).length;
  }
  expect(found / (queries * k)).toBeGreaterThanOrEqual(0.99);
});
