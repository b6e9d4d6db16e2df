import { normal } from "@plumage/models";
import { expect, it } from "vitest";
import { project } from "./projection.ts";

/** Four distant clusters of 25 points in 24 dimensions. */
const [clusters, each, dimension] = [4, 25, 24];
const next = normal(5);
const embeddings = Float32Array.from({ length: clusters * each * dimension }, (_, i) => {
  const cluster = Math.floor(i / dimension / each);
  return 0.25 * next() + (i % dimension === 5 * cluster ? 2 : 0);
});

it("keeps clusters together, scales to [0, 1], and depends on the seed alone", async () => {
  const points = (await project(embeddings, dimension, 3))!;
  expect(points).toHaveLength(clusters * each * 2);
  expect(Math.min(...points)).toBe(0);
  expect(Math.max(...points)).toBe(1);
  let sameCluster = 0;
  for (let i = 0; i < clusters * each; i++) {
    const distance = (j: number) =>
      Math.hypot(points[2 * i]! - points[2 * j]!, points[2 * i + 1]! - points[2 * j + 1]!);
    const others = Array.from({ length: clusters * each }, (_, j) => j).filter((j) => j !== i);
    const closest = others.reduce((best, j) => (distance(j) < distance(best) ? j : best));
    if (Math.floor(closest / each) === Math.floor(i / each)) sameCluster++;
  }
  expect(sameCluster).toBe(clusters * each);
  expect(await project(embeddings, dimension, 3)).toEqual(points);
  expect(await project(embeddings, dimension, 4)).not.toEqual(points);
});

it("handles few and identical points", async () => {
  expect(await project(embeddings.subarray(0, 3 * dimension), dimension, 1)).toBeUndefined();
  expect(await project(embeddings.subarray(0, 4 * dimension), dimension, 1)).toHaveLength(8);
  const same = await project(new Float32Array(6 * 2).fill(1), 2, 1);
  expect([...same!].every((value) => value >= 0 && value <= 1)).toBe(true);
});
