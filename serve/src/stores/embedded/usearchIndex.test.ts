import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniform } from "@plumage/models";
import { describe, expect, test, vi } from "vitest";
import { exactRanking, nearVectors, unitVectors } from "../../../test/support/vectors.ts";
import { ExactVectors } from "./exactVectors.ts";
import { UsearchIndex } from "./usearchIndex.ts";

const dimension = 32;
const vectors = (count: number, seed: number): Float32Array[] =>
  Array.from({ length: count }, unitVectors(dimension, seed));
const copies = (count: number, vector: Float32Array) =>
  Array.from({ length: count }, () => vector.slice());

function indexOf(embeddings: readonly Float32Array[]): UsearchIndex {
  const index = new UsearchIndex(dimension);
  index.add(entriesOf(embeddings));
  return index;
}
const entriesOf = (embeddings: readonly Float32Array[]) =>
  embeddings.map((embedding, key) => ({ key, embedding }));
const keysOf = (index: UsearchIndex, query: Float32Array, k: number) =>
  index.search(query, k).flatMap(({ keys }) => keys);

/** Share of the true ten best scores among what a search proposes for 26 vectors. */
function recall(index: UsearchIndex, embeddings: readonly Float32Array[], queries: Float32Array[]) {
  let found = 0;
  for (const query of queries) {
    const exact = exactRanking(embeddings, query);
    const scores = new Map(exact.map(({ i, score }) => [i, score]));
    const tenth = exact[9]!.score;
    const hits = keysOf(index, query, 26).filter((key) => scores.get(key)! >= tenth - 1e-7);
    found += Math.min(hits.length, 10);
  }
  return found / (queries.length * 10);
}

/** The same embeddings in a random order. */
function shuffled(embeddings: readonly Float32Array[]): Float32Array[] {
  const next = uniform(3);
  return embeddings
    .map((embedding) => ({ embedding, at: next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ embedding }) => embedding);
}

const [center, ...others] = vectors(1501, 21) as [Float32Array, ...Float32Array[]];
const galleries: [string, Float32Array[]][] = [
  ["random vectors", vectors(3000, 20)],
  ["clusters", vectors(30, 22).flatMap((each, i) => nearVectors(each, 100, 0.3, i))],
  ["hundreds of copies of one vector", shuffled([...copies(1500, center), ...others])],
  ...[1e-7, 1e-5, 1e-3, 1e-2].map((noise): [string, Float32Array[]] => [
    `near-copies at a distance of ${noise}`,
    shuffled([...nearVectors(center, 1500, noise, 4), ...others]),
  ]),
  ["ten copies of each", shuffled(vectors(300, 23).flatMap((each) => copies(10, each)))],
];

/** An index that searches by its graph, however few the items. */
function graphOf(embeddings: readonly Float32Array[]): UsearchIndex {
  const isFull = vi.spyOn(ExactVectors.prototype, "isFull", "get").mockReturnValue(true);
  const index = indexOf(embeddings);
  isFull.mockRestore();
  return index;
}

async function measuredGraphOf(embeddings: readonly Float32Array[]): Promise<UsearchIndex> {
  const index = graphOf(embeddings);
  expect(index.needsMeasuring).toBe(true);
  await index.measure((key) => embeddings[key]);
  expect(index.needsMeasuring).toBe(false);
  return index;
}

describe.each([
  ["exact search", indexOf],
  ["the graph", graphOf],
  ["the graph at its measured depth", measuredGraphOf],
])("%s", (_, fill) => {
  test.each(galleries)("finds the ten nearest, and each item itself, among %s", async (_, all) => {
    const index = await fill(all);
    expect(index.size).toBe(all.length);
    expect(recall(index, all, vectors(50, 2))).toBeGreaterThanOrEqual(0.99);
    expect(recall(index, all, all.slice(0, 50))).toBeGreaterThanOrEqual(0.99);
    for (let key = 0; key < all.length; key += 7)
      expect(keysOf(index, all[key]!, 26)).toContain(key);
  });
});

test.each([
  ["exact search", indexOf],
  ["the graph", graphOf],
])("takes vectors that are rows of one matrix: %s", (_, fill) => {
  const rows = (embeddings: readonly Float32Array[]) => {
    const matrix = Float32Array.from(embeddings.flatMap((embedding) => [...embedding]));
    return embeddings.map((_, i) => matrix.subarray(i * dimension, (i + 1) * dimension));
  };
  const all = vectors(300, 33);
  const index = fill(rows(all));
  for (const query of rows(vectors(5, 34)))
    expect(keysOf(index, query, 5).slice(0, 5)).toEqual(
      exactRanking(all, query)
        .slice(0, 5)
        .map(({ i }) => i),
    );
});

test("searches clusters less deeply than random vectors", async () => {
  const wide = 128;
  const centers = Array.from({ length: 40 }, unitVectors(wide, 30));
  const clusters = centers.flatMap((each, i) => nearVectors(each, 50, 1, i));
  const random = Array.from({ length: 2000 }, unitVectors(wide, 31));
  const depthOf = async (all: Float32Array[]) => {
    vi.spyOn(ExactVectors.prototype, "isFull", "get").mockReturnValue(true);
    const index = new UsearchIndex(wide);
    index.add(entriesOf(all));
    await index.measure((key) => all[key]);
    vi.restoreAllMocks();
    return index.depth.near;
  };
  expect(await depthOf(clusters)).toBeLessThan(await depthOf(random));
});

test("measures its graph again once it has grown by half", async () => {
  const all = vectors(1600, 32);
  const index = await measuredGraphOf(all.slice(0, 1000));
  index.add(entriesOf(all).slice(1000, 1499));
  expect(index.needsMeasuring).toBe(false);
  index.add(entriesOf(all).slice(1499, 1500));
  expect(index.needsMeasuring).toBe(true);
});

test("gives scores to two decimals", () => {
  const embeddings = vectors(600, 1);
  const index = indexOf(embeddings);
  for (const query of vectors(10, 2)) {
    const exact = exactRanking(embeddings, query);
    for (const { keys, score } of index.search(query, 10))
      expect(score).toBeCloseTo(exact.find(({ i }) => i === keys[0])!.score, 2);
  }
});

test("returns all vectors if k exceeds their number, and nothing from an empty index", () => {
  const embeddings = vectors(40, 3);
  const query = vectors(1, 4)[0]!;
  expect(new Set(keysOf(indexOf(embeddings), query, 1000)).size).toBe(40);
  expect(new UsearchIndex(dimension).search(query, 5)).toEqual([]);
});

test("gives the same results after it is saved and loaded", () => {
  const folder = mkdtempSync(join(tmpdir(), "plumage-usearch-"));
  const path = join(folder, "index.usearch");
  const embeddings = [...vectors(300, 6), ...copies(50, center)];
  const index = indexOf(embeddings);
  index.remove(3);
  const nodes = index.save(path);
  const loaded = new UsearchIndex(dimension);
  const present = entriesOf(embeddings).filter(({ key }) => key !== 3);
  loaded.load(path, nodes, present, index.depth);
  expect(loaded.size).toBe(349);
  for (const query of [...vectors(20, 7), center])
    expect(loaded.search(query, 8)).toEqual(index.search(query, 8));
  rmSync(folder, { recursive: true });
});

test("keeps the graph small while one item is replaced by the same image again and again", () => {
  const index = indexOf(vectors(50, 8));
  for (let key = 50; key < 3050; key++) {
    index.add([{ key, embedding: center }]);
    if (key > 50) index.remove(key - 1);
  }
  expect(index.size).toBe(51);
  expect(index.needsCompaction).toBe(false);
  expect(index.search(center, 1)[0]!.keys).toEqual([3049]);
});

test("finds every present key after thousands of additions and removals", async () => {
  const index = new UsearchIndex(dimension);
  const present = new Map<number, Float32Array>();
  const next = uniform(8);
  for (const [key, embedding] of vectors(3000, 9).entries()) {
    index.add([{ key, embedding }]);
    present.set(key, embedding);
    if (present.size < 100) continue;
    const removed = [...present.keys()][Math.floor(next() * present.size)]!;
    index.remove(removed);
    present.delete(removed);
  }
  const expectComplete = () => {
    expect(index.size).toBe(present.size);
    const found = keysOf(index, vectors(1, 10)[0]!, 1000);
    expect(found.sort((a, b) => a - b)).toEqual([...present.keys()]);
    for (const [key, embedding] of present) expect(keysOf(index, embedding, 1)[0]).toBe(key);
  };
  expectComplete();
  expect(index.needsCompaction).toBe(true);
  await index.compact(Array.from(present, ([key, embedding]) => ({ key, embedding })));
  expect(index.needsCompaction).toBe(false);
  expectComplete();
});
