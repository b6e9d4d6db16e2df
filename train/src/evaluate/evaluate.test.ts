import { expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";

it("equals pytorch-metric-learning 2.9.0 on the same 700 items", async () => {
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
  const { metrics, queries, loneQueries, neighbours } = await evaluate(embeddings, labels, dimension);
  expect({ queries, loneQueries }).toEqual({ queries: 696, loneQueries: 4 });
  expect(neighbours.k).toBeGreaterThan(8);
  // AccuracyCalculator(k="max_bin_count", knn_func=CustomKNN(CosineSimilarity())).get_accuracy(embeddings, labels)
  expect(metrics.precisionAt1).toBeCloseTo(0.2859195402298851, 9);
  expect(metrics.rPrecision).toBeCloseTo(0.21846160100996098, 4);
  expect(metrics.mapAtR).toBeCloseTo(0.12456678217223235, 4);
});
