/**
 * Vectors like an embedder's: classes around centres, of far fewer degrees of freedom than numbers,
 * of unit length.
 */
import { uniform } from "@plumage/models";

/** Dimensions in which the vectors really vary. */
const latent = 64;
const perCentre = 50;
/** Length of a vector's way from its centre, the centre's own being 1. */
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
 * centres
 */
export function embeddingLike(
  count: number,
  dimension: number,
  centresOf: number,
  seed: number,
): Float32Array {
  const shared = normals(uniform(7));
  const basis = Array.from({ length: latent }, () => shared(dimension));
  const centres = Array.from({ length: Math.ceil(centresOf / perCentre) }, () => shared(latent));
  const next = uniform(seed);
  const normal = normals(next);
  const all = new Float32Array(count * dimension);
  for (let row = 0; row < count; row++) {
    const centre = centres[Math.floor(next() * centres.length)]!;
    const place = normal(latent).map((value, i) => centre[i]! + spread * value);
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
