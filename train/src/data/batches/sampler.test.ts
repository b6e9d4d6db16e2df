import { describe, expect, it } from "vitest";
import { batchesInPass, mPerClassSampler } from "./sampler.ts";

/** Class numbers of a data set with this many images in each class. */
const classesOf = (...sizes: number[]): Int32Array =>
  Int32Array.from(sizes.flatMap((size, label) => Array.from({ length: size }, () => label)));

/** A batch, one row for each class in it. */
const rows = (batch: number[], perClass: number): number[][] =>
  Array.from({ length: batch.length / perClass }, (_, i) =>
    batch.slice(i * perClass, (i + 1) * perClass),
  );

const mixed = classesOf(4, 5, 6, 7, 9, 12, 4, 5, 30);

describe("mPerClassSampler", () => {
  it("gives M different images of each of batch / M different classes", () => {
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

  it("shows every class and every image of a class equally often", () => {
    // Every round visits both classes once; 35 rounds are 7 circles of five visits and 5 of seven.
    const sampler = mPerClassSampler(classesOf(5, 7), 4, 8, 11);
    const seen = new Int32Array(12);
    for (let iteration = 0; iteration < 35; iteration++)
      for (const item of sampler.batch(iteration)) seen[item]!++;
    expect([...seen]).toEqual([...Array(5).fill(28), ...Array(7).fill(20)]);
  });

  it("lets no class come again before the others had their turn", () => {
    // Nine classes, two a batch: four batches make a round, and one class sits it out.
    const sampler = mPerClassSampler(mixed, 4, 8, 5);
    for (let round = 0; round < 50; round++) {
      const labels = [0, 1, 2, 3].flatMap((i) =>
        rows(sampler.batch(round * 4 + i), 4).map(([item]) => mixed[item!]),
      );
      expect(new Set(labels).size).toBe(8);
    }
  });

  it("is a function of seed and iteration, in whatever order it is asked", () => {
    const forward = mPerClassSampler(mixed, 4, 16, 7);
    const expected = Array.from({ length: 40 }, (_, i) => forward.batch(i));
    const backward = mPerClassSampler(mixed, 4, 16, 7);
    for (let i = 39; i >= 0; i--) expect(backward.batch(i)).toEqual(expected[i]);
    expect(mPerClassSampler(mixed, 4, 16, 8).batch(0)).not.toEqual(expected[0]);
    expect(new Set(expected.map(String)).size).toBe(40);
  });

  it("repeats images of classes that are too small, evenly, and counts such classes", () => {
    const sampler = mPerClassSampler(classesOf(1, 3, 4), 4, 12, 1);
    expect(sampler.smallClasses).toBe(2);
    const seen = new Int32Array(8);
    for (let iteration = 0; iteration < 3; iteration++)
      for (const item of sampler.batch(iteration)) seen[item]!++;
    expect([...seen]).toEqual([12, 4, 4, 4, 3, 3, 3, 3]);
  });

  it("refuses a batch that cannot be made", () => {
    expect(() => mPerClassSampler(mixed, 4, 18, 1)).toThrow(
      expect.objectContaining({ code: "bad-input" }),
    );
    expect(() => mPerClassSampler(mixed, 4, 40, 1)).toThrow("needs 10 classes and there are 9");
  });
});

it("a pass is as many batches as hold the data set's number of images", () => {
  expect(batchesInPass(5864, 128)).toBe(46);
  expect(batchesInPass(100_000, 128)).toBe(781);
  expect(batchesInPass(20, 128)).toBe(1);
  // Where classes are alike, a pass shows every image once.
  const classes = Int32Array.from({ length: 64 }, (_, item) => item >> 3);
  const { batch } = mPerClassSampler(classes, 4, 16, 3);
  const seen = Array.from({ length: batchesInPass(64, 16) }, (_, iteration) =>
    batch(iteration),
  ).flat();
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, item) => item));
});
