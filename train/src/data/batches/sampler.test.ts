import { describe, expect, it } from "vitest";
import { batchesPerEpoch, mPerClassSampler } from "./sampler.ts";

/** Class numbers of a data set with the given class sizes. */
const classesOf = (...sizes: number[]): Int32Array =>
  Int32Array.from(sizes.flatMap((size, label) => Array.from({ length: size }, () => label)));

/** A batch as one row per class. */
const rows = (batch: number[], perClass: number): number[][] =>
  Array.from({ length: batch.length / perClass }, (_, i) =>
    batch.slice(i * perClass, (i + 1) * perClass),
  );

const mixed = classesOf(4, 5, 6, 7, 9, 12, 4, 5, 30);

describe("mPerClassSampler", () => {
  it("samples M distinct images from each of batch / M distinct classes", () => {
    const sampler = mPerClassSampler(mixed, 4, 16, 3);
    expect(sampler.smallClasses).toBe(0);
    for (let iteration = 0; iteration < 300; iteration++) {
      const batch = sampler.batch(iteration);
      expect(batch).toHaveLength(16);
      expect(new Set(batch).size).toBe(16);
      const labels = rows(batch, 4).map((row) => new Set(row.map((item) => mixed[item])));
      expect(labels.map((label) => label.size)).toEqual([1, 1, 1, 1]);
      expect(new Set(labels.flatMap((label) => [...label])).size).toBe(4);
    }
  });

  it("samples classes, and the images of a class, equally often", () => {
    // Each round samples both classes; 35 rounds are 7 cycles of five and 5 cycles of seven images.
    const sampler = mPerClassSampler(classesOf(5, 7), 4, 8, 11);
    const seen = new Int32Array(12);
    for (let iteration = 0; iteration < 35; iteration++)
      for (const item of sampler.batch(iteration)) seen[item]!++;
    expect([...seen]).toEqual([...Array(5).fill(28), ...Array(7).fill(20)]);
  });

  it("samples no class twice in a round", () => {
    // Nine classes, two per batch: a round has four batches and skips one class.
    const sampler = mPerClassSampler(mixed, 4, 8, 5);
    for (let round = 0; round < 50; round++) {
      const labels = [0, 1, 2, 3].flatMap((i) =>
        rows(sampler.batch(round * 4 + i), 4).map(([item]) => mixed[item!]),
      );
      expect(new Set(labels).size).toBe(8);
    }
  });

  it("depends on the seed and the iteration alone", () => {
    const forward = mPerClassSampler(mixed, 4, 16, 7);
    const expected = Array.from({ length: 40 }, (_, i) => forward.batch(i));
    const backward = mPerClassSampler(mixed, 4, 16, 7);
    for (let i = 39; i >= 0; i--) expect(backward.batch(i)).toEqual(expected[i]);
    expect(mPerClassSampler(mixed, 4, 16, 8).batch(0)).not.toEqual(expected[0]);
    expect(new Set(expected.map(String)).size).toBe(40);
  });

  it("repeats images of small classes evenly, and counts these classes", () => {
    const sampler = mPerClassSampler(classesOf(1, 3, 4), 4, 12, 1);
    expect(sampler.smallClasses).toBe(2);
    const seen = new Int32Array(8);
    for (let iteration = 0; iteration < 3; iteration++)
      for (const item of sampler.batch(iteration)) seen[item]!++;
    expect([...seen]).toEqual([12, 4, 4, 4, 3, 3, 3, 3]);
  });

  it("rejects a batch that the classes cannot fill", () => {
    expect(() => mPerClassSampler(mixed, 4, 18, 1)).toThrow(
      expect.objectContaining({ code: "bad-input" }),
    );
    expect(() => mPerClassSampler(mixed, 4, 40, 1)).toThrow("needs 10 classes, and there are 9");
  });
});

it("counts as many batches per epoch as hold the data set's number of images", () => {
  expect(batchesPerEpoch(5864, 128)).toBe(46);
  expect(batchesPerEpoch(100_000, 128)).toBe(781);
  expect(batchesPerEpoch(20, 128)).toBe(1);
  // With classes of equal size, an epoch samples every image once.
  const classes = Int32Array.from({ length: 64 }, (_, item) => item >> 3);
  const { batch } = mPerClassSampler(classes, 4, 16, 3);
  const seen = Array.from({ length: batchesPerEpoch(64, 16) }, (_, iteration) =>
    batch(iteration),
  ).flat();
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, item) => item));
});
