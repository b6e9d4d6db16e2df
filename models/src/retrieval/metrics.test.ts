import { describe, expect, it } from "vitest";
import { RetrievalMeter } from "./metrics.ts";
import { everyItem } from "./searchSets.ts";

const meterOf = (labels: Int32Array) => new RetrievalMeter(labels, everyItem(labels.length));
const neighborsNeeded = (labels: Int32Array) => meterOf(labels).needed;

/** Leave-one-out over all items. */
function retrievalMetrics(labels: Int32Array, neighbors: Int32Array) {
  const meter = meterOf(labels);
  const k = neighbors.length / labels.length;
  labels.forEach((_, item) => {
    meter.add(item, neighbors.subarray(item * k, (item + 1) * k));
  });
  return meter.result();
}

/** The definitions, written as filters and sums over one query at a time. */
function oracle(labels: number[], neighbors: number[][]) {
  const queries = labels
    .map((_, query) => query)
    .filter((query) => labels.filter((l) => l === labels[query]).length > 1);
  const mean = (value: (query: number) => number) =>
    queries.map(value).reduce((sum, each) => sum + each, 0) / queries.length;
  const total = (query: number) => labels.filter((label) => label === labels[query]).length - 1;
  const hits = (query: number, first: number) =>
    neighbors[query]!.slice(0, first).filter((other) => labels[other] === labels[query]).length;
  const averagePrecision = (query: number) => {
    let sum = 0;
    for (let rank = 1; rank <= total(query); rank++) {
      const relevant = hits(query, rank) > hits(query, rank - 1);
      if (relevant) sum += hits(query, rank) / rank;
    }
    return sum / total(query);
  };
  return {
    queries: queries.length,
    precisionAt1: mean((query) => hits(query, 1)),
    recall: [1, 2, 4, 8].map((k) => mean((query) => (hits(query, k) > 0 ? 1 : 0))),
    rPrecision: mean((query) => hits(query, total(query)) / total(query)),
    mapAtR: mean(averagePrecision),
  };
}

/** A small generator with a fixed seed (Park and Miller 1988). */
function numbers(seed: number) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

describe("RetrievalMeter", () => {
  it("matches an example computed by hand", () => {
    // Classes: {0, 1, 2}, {3, 4}, {5}. Item 5 is alone: no query, but a reference.
    const labels = Int32Array.of(7, 7, 7, 3, 3, 9);
    const neighbors = Int32Array.from(
      [
        [1, 5, 2, 3, 4], // R 2: one of the first two; precisions 1          -> RP 1/2, MAP 1/2
        [4, 2, 0, 3, 5], // R 2: one of the first two, at rank 2; 1/2        -> RP 1/2, MAP 1/4
        [3, 4, 5, 0, 1], // R 2: none of the first two, first hit at rank 4  -> RP 0,   MAP 0
        [4, 0, 1, 2, 5], // R 1: found                                       -> RP 1,   MAP 1
        [0, 1, 2, 5, 3], // R 1: missed, first hit at rank 5                 -> RP 0,   MAP 0
        [0, 1, 2, 3, 4],
      ].flat(),
    );
    const { metrics, queries, loneQueries } = retrievalMetrics(labels, neighbors);
    expect({ queries, loneQueries }).toEqual({ queries: 5, loneQueries: 1 });
    expect(metrics.precisionAt1).toBeCloseTo(2 / 5, 12);
    expect(metrics.recallAt).toEqual({ "1": 2 / 5, "2": 3 / 5, "4": 4 / 5, "8": 5 / 5 });
    expect(metrics.rPrecision).toBeCloseTo((1 / 2 + 1 / 2 + 0 + 1 + 0) / 5, 12);
    expect(metrics.mapAtR).toBeCloseTo((1 / 2 + 1 / 4 + 0 + 1 + 0) / 5, 12);
  });

  it.each([
    { seed: 1, items: 40, classes: 6 },
    { seed: 2, items: 60, classes: 3 }, // classes of about 20: R far above 8
    { seed: 3, items: 50, classes: 40 }, // many classes of one
    { seed: 4, items: 12, classes: 2 },
  ])(
    "matches the definitions on $items random items in $classes classes",
    ({ seed, items, classes }) => {
      const next = numbers(seed);
      const labels = Array.from({ length: items }, () => Math.floor(next() * classes) * 11 - 5);
      const neighbors = labels.map((_, query) =>
        labels
          .map((_, other) => ({
            other,
            key: next() + (labels[other] === labels[query] ? -0.4 : 0),
          }))
          .filter(({ other }) => other !== query)
          .sort((a, b) => a.key - b.key)
          .map(({ other }) => other)
          .slice(0, neighborsNeeded(Int32Array.from(labels))),
      );
      const expected = oracle(labels, neighbors);
      const { metrics, queries, loneQueries } = retrievalMetrics(
        Int32Array.from(labels),
        Int32Array.from(neighbors.flat()),
      );
      expect(queries).toBe(expected.queries);
      expect(loneQueries).toBe(items - expected.queries);
      expect(metrics.precisionAt1).toBeCloseTo(expected.precisionAt1, 12);
      for (const [i, k] of (["1", "2", "4", "8"] as const).entries())
        expect(metrics.recallAt[k]).toBeCloseTo(expected.recall[i]!, 12);
      expect(metrics.rPrecision).toBeCloseTo(expected.rPrecision, 12);
      expect(metrics.mapAtR).toBeCloseTo(expected.mapAtR, 12);
    },
  );

  it("needs R neighbors of the largest class, at least 8, at most all others", () => {
    expect(neighborsNeeded(new Int32Array(30))).toBe(29);
    expect(neighborsNeeded(Int32Array.from({ length: 30 }, (_, i) => i % 10))).toBe(8);
    expect(neighborsNeeded(Int32Array.of(1, 1, 2))).toBe(2);
  });

  it("counts only references in the classes of the queries", () => {
    const labels = Int32Array.from({ length: 40 }, (_, i) => (i < 30 ? 1 : 2));
    const items = Int32Array.from({ length: 40 }, (_, i) => i);
    const needed = (queries: Int32Array, references: Int32Array) =>
      new RetrievalMeter(labels, { queries, references }).needed;
    expect(needed(items.subarray(30), items.subarray(0, 30))).toBe(8); // no reference of class 2
    expect(needed(items.subarray(0, 2), items.subarray(2))).toBe(28);
    expect(needed(items.subarray(0, 2), items)).toBe(29);
    expect(needed(items.subarray(35), items.subarray(30, 35))).toBe(5);
  });

  it("rejects too few neighbors, and labels without a class of two", () => {
    const labels = Int32Array.from({ length: 30 }, (_, i) => i % 10);
    expect(() => retrievalMetrics(labels, new Int32Array(30 * 7))).toThrow("need 8 neighbors");
    expect(() => retrievalMetrics(Int32Array.of(1, 2), Int32Array.of(1, 0))).toThrow(
      "no class has two",
    );
    expect(() => retrievalMetrics(new Int32Array(0), new Int32Array(0))).toThrow(
      "no class has two",
    );
  });
});
