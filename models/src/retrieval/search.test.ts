import { describe, expect, it } from "vitest";
import { plainDotProducts } from "./dotProducts.ts";
import { type SearchOptions, type Similarity, search } from "./search.ts";
import { everyItem } from "./searchSets.ts";

/** The score of two rows, by a plain loop in double precision. */
function plainScore(
  embeddings: Float32Array,
  dimension: number,
  similarity: Similarity,
  a: number,
  b: number,
): number {
  let [dot, squareA, squareB, apart] = [0, 0, 0, 0];
  for (let i = 0; i < dimension; i++) {
    const [x, y] = [embeddings[a * dimension + i]!, embeddings[b * dimension + i]!];
    dot += x * y;
    squareA += x * x;
    squareB += y * y;
    apart += (x - y) ** 2;
  }
  if (similarity === "dot") return dot;
  return similarity === "cosine" ? dot / Math.sqrt(squareA * squareB) : -Math.sqrt(apart);
}

/** Deterministic vectors of very different lengths. */
const vectors = (count: number, dimension: number) =>
  Float32Array.from(
    { length: count * dimension },
    (_, i) => (1 + (Math.floor(i / dimension) % 9)) * Math.sin(i * i * 0.37 + i),
  );

async function found(options: Omit<SearchOptions, "provider">) {
  const all = [];
  for await (const each of search({ ...options, provider: plainDotProducts }))
    all.push({ query: each.query, indices: [...each.indices], scores: [...each.scores] });
  return all;
}

const alone = (embeddings: Float32Array, dimension: number, k: number) =>
  found({ embeddings, dimension, k, ...everyItem(embeddings.length / dimension) });

const thirds = (count: number) => {
  const items = Array.from({ length: count }, (_, item) => item);
  return {
    queries: Int32Array.from(items.filter((item) => item % 3 === 0)),
    references: Int32Array.from(items.filter((item) => item % 3 !== 0)),
  };
};

describe("search", () => {
  it.each([
    { items: 1100, sets: everyItem, listBytes: 2 ** 29, pairs: 1100 * 1099, times: 2 },
    { items: 1100, sets: everyItem, listBytes: 1, pairs: 1100 * 1099, times: 2 },
    { items: 1200, sets: thirds, listBytes: 2 ** 29, pairs: 400 * 800, times: 1 },
  ])("shows every pair of $items items to onPair, once in each direction", async (options) => {
    const { items, sets, listBytes, pairs, times } = options;
    const seen = new Uint8Array(items * items);
    const onPair = (query: number, reference: number, _score: number, count: number) => {
      seen[Math.min(query, reference) * items + Math.max(query, reference)]! += count;
    };
    await found({
      embeddings: vectors(items, 2),
      dimension: 2,
      k: 1,
      listBytes,
      onPair,
      ...sets(items),
    });
    expect(seen.reduce((sum, count) => sum + count, 0)).toBe(pairs);
    expect(new Set(seen)).toEqual(new Set([0, times]));
  });

  it.each([
    // More than one block, the last one partial.
    { count: 1500, dimension: 24, k: 8, sets: everyItem, listBytes: 2 ** 29 },
    // One block of queries at a time.
    { count: 2100, dimension: 12, k: 20, sets: everyItem, listBytes: 1 },
    // All the other items.
    { count: 257, dimension: 5, k: 256, sets: everyItem, listBytes: 2 ** 29 },
    { count: 2, dimension: 3, k: 1, sets: everyItem, listBytes: 2 ** 29 },
    // Disjoint queries and references.
    { count: 3300, dimension: 7, k: 3, sets: thirds, listBytes: 2 ** 29 },
  ])(
    "equals a plain loop: $k nearest of $count items of $dimension numbers",
    async ({ count, dimension, k, sets, ...rest }) => {
      const embeddings = vectors(count, dimension);
      for (const similarity of ["dot", "cosine", "euclidean"] as const) {
        const { queries, references } = sets(count);
        const all = await found({
          embeddings,
          dimension,
          k,
          similarity,
          queries,
          references,
          ...rest,
        });
        expect(all.map(({ query }) => query)).toEqual([...queries]);
        let error = 0;
        for (const { query, indices, scores } of all) {
          expect(new Set(indices).size).toBe(k);
          const scoreOf = (other: number) =>
            plainScore(embeddings, dimension, similarity, query, other);
          const best = Array.from(
            references.filter((other) => other !== query),
            scoreOf,
          ).sort((a, b) => b - a);
          for (const [rank, other] of indices.entries()) {
            if (other === query || !references.includes(other))
              throw new Error(`${other} is not a reference of ${query}`);
            error = Math.max(
              error,
              Math.abs(scores[rank]! - best[rank]!),
              Math.abs(scores[rank]! - scoreOf(other)),
            );
          }
        }
        // Euclidean distances are differences of products in single precision, and the squared
        // lengths of rows are up to about 1,000.
        expect(error).toBeLessThan({ dot: 1e-3, cosine: 2e-6, euclidean: 2e-3 }[similarity]);
      }
    },
  );

  it("excludes the query by its number, so a duplicate of it is its nearest neighbor", async () => {
    const embeddings = Float32Array.of(1, 2, 3, 4, 9, 0, 0, 1, 2, 4, 6, 8, 1, 2, 3, 4);
    const [first, , , last] = await alone(embeddings, 4, 2);
    // Two rows have the same direction; the lower number comes first.
    expect(first!.indices).toEqual([2, 3]);
    expect(last!.indices).toEqual([0, 2]);
    expect(first!.scores[0]).toBeCloseTo(1, 6);
  });

  it("scores a zero vector 0 against everything", async () => {
    const [zero] = await alone(Float32Array.of(0, 0, 1, 0, 0, 1), 2, 2);
    expect(zero).toEqual({ query: 0, indices: [1, 2], scores: [0, 0] });
  });

  it("rejects sizes that do not match and values that are not finite", async () => {
    await expect(alone(new Float32Array(6), 3, 2)).rejects.toThrow("cannot find 2 neighbors");
    await expect(
      found({ embeddings: new Float32Array(7), dimension: 3, k: 1, ...everyItem(2) }),
    ).rejects.toThrow("7 values in rows of 3");
    await expect(alone(Float32Array.of(1, 2, Number.NaN, 4), 2, 1)).rejects.toThrow(
      "item 1 is not a finite",
    );
    await expect(alone(Float32Array.of(1, 2, 3e20, 4), 2, 1)).rejects.toThrow(
      "item 1 is not a finite",
    );
  });
});
