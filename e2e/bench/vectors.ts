/**
 * Vectors like an embedder's: clusters around centers, of unit length, with far fewer degrees of
 * freedom than dimensions.
 */
import { uniform } from "@plumage/models";

/** Degrees of freedom of the vectors. */
const latent = 64;
const perCenter = 50;
/** Standard deviation of a vector around its center; that of the centers is 1. */
const spread = 0.6;

/** Standard normal numbers (Box and Muller 1958). */
const normals =
  (next: () => number) =>
  (length: number): Float32Array =>
    Float32Array.from(
      { length },
      () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    );

/**
 * @param centersOf the number of vectors that the centers are made for
 * @param seed other seeds give other vectors around the same centers
 * @returns [count, dimension]
 */
export function embeddingLike(
  count: number,
  dimension: number,
  centersOf: number,
  seed: number,
): Float32Array<ArrayBuffer> {
  const shared = normals(uniform(7));
  const basis = Array.from({ length: latent }, () => shared(dimension));
  const centers = Array.from({ length: Math.ceil(centersOf / perCenter) }, () => shared(latent));
  const next = uniform(seed);
  const normal = normals(next);
  const all = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const center = centers[Math.floor(next() * centers.length)]!;
    const place = normal(latent).map((value, i) => center[i]! + spread * value);
    const vector = all.subarray(row * dimension, (row + 1) * dimension);
    for (let i = 0; i < latent; i++) {
      const [weight, axis] = [place[i]!, basis[i]!];
      for (let at = 0; at < dimension; at++) vector[at]! += weight * axis[at]!;
    }
    const length = Math.hypot(...vector);
    for (let at = 0; at < dimension; at++) vector[at]! /= length;
  }
  return all;
}
