/**
 * Vectors like an embedder's: classes around centers, of far fewer degrees of freedom than numbers,
 * of unit length.
 */
import { uniform } from "@plumage/models";

/** Dimensions in which the vectors really vary. */
const latent = 64;
const perCenter = 50;
/** Length of a vector's way from its center, the center's own being 1. */
const spread = 0.6;

/** Two uniform numbers to a normal one (Box and Muller 1958). */
const normals =
  (next: () => number) =>
  (length: number): Float32Array =>
    Float32Array.from(
      { length },
      () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    );

/**
 * @returns [count, dimension], the same for a seed; other seeds give other vectors around the same
 * centers
 */
export function embeddingLike(
  count: number,
  dimension: number,
  centersOf: number,
  seed: number,
): Float32Array {
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
