import { describe, expect, it } from "vitest";
import { nearest } from "./search.ts";

/** Cosines by a plain loop in double precision. */
function cosine(embeddings: Float32Array, dimension: number, a: number, b: number): number {
  let dot = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < dimension; i++) {
    const x = embeddings[a * dimension + i]!;
    const y = embeddings[b * dimension + i]!;
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return dot / Math.sqrt(squareA * squareB);
}

/** Wavy, deterministic vectors of very different lengths. */
const vectors = (count: number, dimension: number) =>
  Float32Array.from(
    { length: count * dimension },
    (_, i) => (1 + (Math.floor(i / dimension) % 9)) * Math.sin(i * i * 0.37 + i),
  );

describe("nearest", () => {
  it.each([
    { count: 600, dimension: 24, k: 8 }, // more than one block, the last not full
    { count: 257, dimension: 5, k: 256 }, // every other item
    { count: 2, dimension: 3, k: 1 },
  ])("equals a plain loop over $count items of $dimension numbers", async ({ count, dimension, k }) => {
    const embeddings = vectors(count, dimension);
    const found = await nearest(embeddings, count, dimension, k);
    expect(found.indices).toHaveLength(count * k);
    let error = 0;
    for (let item = 0; item < count; item++) {
      const mine = [...found.indices.subarray(item * k, (item + 1) * k)];
      expect(mine).not.toContain(item);
      expect(new Set(mine).size).toBe(k);
      const cosines = Array.from({ length: count }, (_, other) => cosine(embeddings, dimension, item, other));
      const best = cosines.filter((_, other) => other !== item).sort((a, b) => b - a);
      for (const [rank, other] of mine.entries()) {
        const score = found.scores[item * k + rank]!;
        error = Math.max(error, Math.abs(score - best[rank]!), Math.abs(score - cosines[other]!));
      }
    }
    expect(error).toBeLessThan(2e-6);
  });

  it("leaves the item out by its number: a copy of it is its nearest neighbour", async () => {
    const dimension = 4;
    const embeddings = Float32Array.of(1, 2, 3, 4, 9, 0, 0, 1, 2, 4, 6, 8, 1, 2, 3, 4);
    const { indices, scores } = await nearest(embeddings, 4, dimension, 2);
    expect([...indices.subarray(0, 2)]).toEqual([2, 3]); // the two copies, equal in direction: the lower number first
    expect([...indices.subarray(6, 8)]).toEqual([0, 2]);
    expect(scores[0]).toBeCloseTo(1, 6);
  });

  it("scores a zero vector 0 with everything", async () => {
    const { indices, scores } = await nearest(Float32Array.of(0, 0, 1, 0, 0, 1), 3, 2, 2);
    expect([...indices.subarray(0, 2)]).toEqual([1, 2]);
    expect([...scores.subarray(0, 2)]).toEqual([0, 0]);
  });

  it("refuses sizes that do not fit and values that are not numbers", async () => {
    await expect(nearest(new Float32Array(7), 2, 3, 1)).rejects.toThrow("7 values as 2 x 3");
    await expect(nearest(new Float32Array(6), 2, 3, 2)).rejects.toThrow("cannot find 2 neighbours");
    await expect(nearest(Float32Array.of(1, 2, Number.NaN, 4), 2, 2, 1)).rejects.toThrow("item 1 is not a finite");
  });
});
