import { normal } from "@plumage/models";
import { expect, it } from "vitest";
import { project } from "./projection.ts";

/** Four clouds of 25 points around far corners of 24 dimensions. */
const [clouds, each, dimension] = [4, 25, 24];
const next = normal(5);
const embeddings = Float32Array.from({ length: clouds * each * dimension }, (_, i) => {
  const cloud = Math.floor(i / dimension / each);
  return 0.25 * next() + (i % dimension === 5 * cloud ? 2 : 0);
});

it("keeps together what lies together, between 0 and 1, the same for the same seed", async () => {
  const points = (await project(embeddings, dimension, 3))!;
  expect(points).toHaveLength(clouds * each * 2);
  expect(Math.min(...points)).toBe(0);
  expect(Math.max(...points)).toBe(1);
  let right = 0;
  for (let i = 0; i < clouds * each; i++) {
    const apart = (j: number) =>
      Math.hypot(points[2 * i]! - points[2 * j]!, points[2 * i + 1]! - points[2 * j + 1]!);
    const others = Array.from({ length: clouds * each }, (_, j) => j).filter((j) => j !== i);
    const closest = others.reduce((best, j) => (apart(j) < apart(best) ? j : best));
    if (Math.floor(closest / each) === Math.floor(i / each)) right++;
  }
  expect(right).toBe(clouds * each);
  expect(await project(embeddings, dimension, 3)).toEqual(points);
  expect(await project(embeddings, dimension, 4)).not.toEqual(points);
});

it("takes few points, and equal ones, as they are", async () => {
  expect(await project(embeddings.subarray(0, 3 * dimension), dimension, 1)).toBeUndefined();
  expect(await project(embeddings.subarray(0, 4 * dimension), dimension, 1)).toHaveLength(8);
  const same = await project(new Float32Array(6 * 2).fill(1), 2, 1);
  expect([...same!].every((value) => value >= 0 && value <= 1)).toBe(true);
});
