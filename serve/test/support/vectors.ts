/** Vectors for tests. */
import { dot, uniform } from "@plumage/models";

/** A generator of random unit vectors, the same ones for the same seed. */
export function unitVectors(dimension: number, seed: number): () => Float32Array {
  const next = uniform(seed);
  return () => {
    const values = Float32Array.from({ length: dimension }, () => next() - 0.5);
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  };
}

/** All embeddings by exact score, best first. */
export const exactRanking = (embeddings: readonly Float32Array[], query: Float32Array) =>
  embeddings
    .map((embedding, i) => ({ i, score: dot(embedding, query) }))
    .sort((a, b) => b.score - a.score);

/** Unit vectors around a center, at angles of about `noise`. */
export function nearVectors(
  center: Float32Array,
  count: number,
  noise: number,
  seed: number,
): Float32Array[] {
  const direction = unitVectors(center.length, seed);
  return Array.from({ length: count }, () => {
    const offset = direction();
    const values = center.map((value, i) => value + noise * offset[i]!);
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  });
}
