import { expect, it } from "vitest";
import { plainDotProducts } from "./dotProducts.ts";
import { classNumbers, type EvaluationOptions, evaluateRetrieval } from "./evaluate.ts";
import { searchSets } from "./searchSets.ts";

const evaluate = (
  embeddings: Float32Array,
  labels: Int32Array,
  dimension: number,
  options: Partial<EvaluationOptions> = {},
) => evaluateRetrieval({ embeddings, labels, dimension, provider: plainDotProducts, ...options });

it("matches pytorch-metric-learning 2.9.0 on 700 items", async () => {
  const [count, dimension] = [700, 16];
  let state = 7;
  const next = () => {
    state = (state * 48271) % 2147483647; // Park and Miller 1988
    return state / 2147483647;
  };
  const labels = Int32Array.from({ length: count }, () => Math.floor(next() ** 2 * 90));
  const embeddings = Float32Array.from({ length: count * dimension }, (_, i) => {
    const direction = Math.sin(labels[Math.floor(i / dimension)]! * ((i % dimension) + 1));
    return next() - 0.5 + 0.35 * direction;
  });
  const { metrics, queries, loneQueries, neighbors } = await evaluate(
    embeddings,
    labels,
    dimension,
  );
  expect({ queries, loneQueries }).toEqual({ queries: 696, loneQueries: 4 });
  expect(neighbors.k).toBe(8);
  // AccuracyCalculator(k="max_bin_count",
  // knn_func=CustomKNN(CosineSimilarity())).get_accuracy(embeddings, labels)
  expect(metrics.precisionAt1).toBeCloseTo(0.2859195402298851, 9);
  expect(metrics.rPrecision).toBeCloseTo(0.21846160100996098, 4);
  expect(metrics.mapAtR).toBeCloseTo(0.12456678217223235, 4);
});

it("searches queries among references, and leaves out queries with nothing to find", async () => {
  // Items 0 to 3 are references of the classes 5, 5, 6, 7; items 4 to 6 are queries of 5, 7 and 8.
  const embeddings = Float32Array.of(1, 0, 0.9, 0.1, 0, 1, -1, 0, 1, 0.05, 0.1, 1, 0.5, 0.5);
  const labels = Int32Array.of(5, 5, 6, 7, 5, 7, 8);
  const sets = { queries: Int32Array.of(4, 5, 6), references: Int32Array.of(0, 1, 2, 3) };
  const { metrics, queries, loneQueries, neighbors } = await evaluate(embeddings, labels, 2, {
    sets,
  });
  expect({ queries, loneQueries }).toEqual({ queries: 2, loneQueries: 1 });
  expect([...neighbors.queries]).toEqual([4, 5, 6]);
  expect([...neighbors.indices.subarray(0, 8)]).toEqual([0, 1, 2, 3, 2, 1, 0, 3]);
  expect(metrics).toEqual({
    precisionAt1: 1 / 2,
    recallAt: { "1": 0.5, "2": 0.5, "4": 1, "8": 1 },
    mapAtR: 0.5,
    rPrecision: 0.5,
  });
});

it("rejects labels without a class of two, and embeddings of another size", async () => {
  await expect(evaluate(Float32Array.of(1, 2), Int32Array.of(1, 2), 1)).rejects.toThrow(
    "no class has two",
  );
  await expect(evaluate(new Float32Array(0), new Int32Array(0), 1)).rejects.toThrow(
    "no class has two",
  );
  await expect(evaluate(new Float32Array(3), Int32Array.of(1, 1), 2)).rejects.toThrow(
    "3 values are not 2 embeddings of 2",
  );
});

it("numbers labels by first appearance", () => {
  const items = ["b", "a", "b", "c"].map((label) => ({ label }));
  expect([...classNumbers(items)]).toEqual([0, 1, 0, 2]);
});

it("splits items into queries and references by role", () => {
  const { queries, references } = searchSets([{ role: "query" }, {}, { role: "reference" }]);
  expect([...queries]).toEqual([0, 1]);
  expect([...references]).toEqual([1, 2]);
  const all = searchSets([{}, {}]);
  expect(all.queries).toBe(all.references);
});
