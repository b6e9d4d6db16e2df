import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniform } from "@plumage/models";
import { expect, test } from "vitest";
import { exactRanking, unitVectors } from "../../../test/support/vectors.ts";
import { UsearchIndex } from "./usearchIndex.ts";

const dimension = 32;
const vectors = (count: number, seed: number): Float32Array[] =>
  Array.from({ length: count }, unitVectors(dimension, seed));

function indexOf(embeddings: readonly Float32Array[]): UsearchIndex {
  const index = new UsearchIndex(dimension);
  for (const [key, embedding] of embeddings.entries()) index.add(key, embedding);
  return index;
}

test("finds the neighbors of an exact search, with scores to half precision", () => {
  const embeddings = vectors(600, 1);
  const index = indexOf(embeddings);
  expect(index.size).toBe(600);
  let found = 0;
  for (const query of vectors(50, 2)) {
    const exact = exactRanking(embeddings, query);
    const best = new Set(exact.slice(0, 10).map(({ i }) => i));
    const hits = index.search(query, 10);
    expect(hits).toHaveLength(10);
    hits.forEach(({ key, score }, rank) => {
      if (best.has(key)) found++;
      expect(score).toBeCloseTo(exact.find(({ i }) => i === key)!.score, 2);
      if (rank > 0) expect(score).toBeLessThanOrEqual(hits[rank - 1]!.score);
    });
  }
  // The graph is approximate and may miss a few.
  expect(found / 500).toBeGreaterThan(0.98);
});

test("returns all vectors in order if k exceeds their number", () => {
  const embeddings = vectors(40, 3);
  const index = indexOf(embeddings);
  const query = vectors(1, 4)[0]!;
  const hits = index.search(query, 1000);
  const exact = exactRanking(embeddings, query);
  expect(new Set(hits.map(({ key }) => key)).size).toBe(40);
  for (const [rank, { score }] of hits.entries()) expect(score).toBeCloseTo(exact[rank]!.score, 2);
});

test("returns nothing from an empty index", () => {
  expect(new UsearchIndex(dimension).search(vectors(1, 5)[0]!, 5)).toEqual([]);
});

test("gives the same results after it is saved and loaded", () => {
  const folder = mkdtempSync(join(tmpdir(), "plumage-usearch-"));
  const index = indexOf(vectors(300, 6));
  index.save(join(folder, "index.usearch"));
  const loaded = new UsearchIndex(dimension);
  loaded.load(join(folder, "index.usearch"), []);
  expect(loaded.size).toBe(300);
  for (const query of vectors(20, 7))
    expect(loaded.search(query, 8)).toEqual(index.search(query, 8));
  rmSync(folder, { recursive: true });
});

test("finds every present key after thousands of additions and removals", async () => {
  const index = new UsearchIndex(dimension);
  const present = new Map<number, Float32Array>();
  const next = uniform(8);
  for (const [key, embedding] of vectors(3000, 9).entries()) {
    index.add(key, embedding);
    present.set(key, embedding);
    if (present.size < 100) continue;
    const removed = [...present.keys()][Math.floor(next() * present.size)]!;
    index.remove(removed);
    present.delete(removed);
  }
  const expectComplete = () => {
    expect(index.size).toBe(present.size);
    const found = index.search(vectors(1, 10)[0]!, 1000).map(({ key }) => key);
    expect(found.sort((a, b) => a - b)).toEqual([...present.keys()]);
    for (const [key, embedding] of present) expect(index.search(embedding, 1)[0]!.key).toBe(key);
  };
  expectComplete();
  expect(index.needsCompaction).toBe(true);
  await index.compact(Array.from(present, ([key, embedding]) => ({ key, embedding })));
  expect([index.needsCompaction, index.removedKeys]).toEqual([false, []]);
  expectComplete();
});
