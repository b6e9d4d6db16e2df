import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniform } from "@plumage/models";
import { expect, test } from "vitest";
import { UsearchStore } from "./usearchStore.ts";

const dimension = 32;

/** Unit vectors, the same for a seed. */
function vectors(count: number, seed: number): Float32Array[] {
  const next = uniform(seed);
  return Array.from({ length: count }, () => {
    const values = Float32Array.from({ length: dimension }, () => next() - 0.5);
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  });
}

function storeOf(embeddings: readonly Float32Array[]): UsearchStore {
  const store = new UsearchStore(dimension);
  for (const [key, embedding] of embeddings.entries()) store.add(key, embedding);
  return store;
}

/** Every embedding by its dot product with the query, best first. */
const ranking = (embeddings: readonly Float32Array[], query: Float32Array) =>
  embeddings
    .map((embedding, key) => ({
      key,
      score: embedding.reduce((sum, value, i) => sum + value * query[i]!, 0),
    }))
    .sort((a, b) => b.score - a.score);

test("finds what an exhaustive search finds, with its scores to the half float's digits", () => {
  const embeddings = vectors(600, 1);
  const store = storeOf(embeddings);
  expect(store.size).toBe(600);
  let found = 0;
  for (const query of vectors(50, 2)) {
    const exact = ranking(embeddings, query);
    const best = new Set(exact.slice(0, 10).map(({ key }) => key));
    const hits = store.search(query, 10);
    expect(hits).toHaveLength(10);
    hits.forEach(({ key, score }, i) => {
      if (best.has(key)) found++;
      expect(score).toBeCloseTo(exact.find((other) => other.key === key)!.score, 2);
      if (i > 0) expect(score).toBeLessThanOrEqual(hits[i - 1]!.score);
    });
  }
  // The graph is approximate, so a few may be missed; none was when this was written.
  expect(found / 500).toBeGreaterThan(0.98);
});

test("asked for more than there is, it gives all of it in the right order", () => {
  const embeddings = vectors(40, 3);
  const store = storeOf(embeddings);
  const query = vectors(1, 4)[0]!;
  const hits = store.search(query, 1000);
  const exact = ranking(embeddings, query);
  expect(new Set(hits.map(({ key }) => key)).size).toBe(40);
  for (const [i, { score }] of hits.entries()) expect(score).toBeCloseTo(exact[i]!.score, 2);
});

test("an empty store has nothing to give", () => {
  expect(new UsearchStore(dimension).search(vectors(1, 5)[0]!, 5)).toEqual([]);
});

test("a saved store is the same store", () => {
  const folder = mkdtempSync(join(tmpdir(), "plumage-usearch-"));
  const store = storeOf(vectors(300, 6));
  store.save(join(folder, "index.usearch"));
  const loaded = new UsearchStore(dimension);
  loaded.load(join(folder, "index.usearch"), []);
  expect(loaded.size).toBe(300);
  for (const query of vectors(20, 7))
    expect(loaded.search(query, 8)).toEqual(store.search(query, 8));
  rmSync(folder, { recursive: true });
});

test("thousands of keys come and go, and what is left is found", async () => {
  const store = new UsearchStore(dimension);
  const embeddings = new Map<number, Float32Array>();
  const next = uniform(8);
  const all = vectors(3000, 9);
  for (const [key, embedding] of all.entries()) {
    store.add(key, embedding);
    embeddings.set(key, embedding);
    if (embeddings.size < 100) continue;
    const gone = [...embeddings.keys()][Math.floor(next() * embeddings.size)]!;
    store.remove(gone);
    embeddings.delete(gone);
  }
  const expectWhole = () => {
    expect(store.size).toBe(embeddings.size);
    const found = store.search(vectors(1, 10)[0]!, 1000).map(({ key }) => key);
    expect(found.sort((a, b) => a - b)).toEqual([...embeddings.keys()]);
    for (const [key, embedding] of embeddings) expect(store.search(embedding, 1)[0]!.key).toBe(key);
  };
  expectWhole();
  expect(store.isWorthCompacting).toBe(true);
  await store.compact(Array.from(embeddings, ([key, embedding]) => ({ key, embedding })));
  expect([store.isWorthCompacting, store.dead]).toEqual([false, []]);
  expectWhole();
});
