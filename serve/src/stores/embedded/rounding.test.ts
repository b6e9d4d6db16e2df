import { dot } from "@plumage/models";
import { expect, test } from "vitest";
import { nearVectors, unitVectors } from "../../../test/support/vectors.ts";
import { scoreMargin } from "./rounding.ts";

/** Rounds to 8 significant bits, as bfloat16 does. */
function rounded(vector: Float32Array): Float32Array {
  const bits = new Uint32Array(vector.slice().buffer);
  return new Float32Array(
    bits.map((each) => (each + 0x7fff + ((each >>> 16) & 1)) & ~0xffff).buffer,
  );
}

test.each([8, 128, 1536])("holds for nearly all pairs of vectors in %i dimensions", (dimension) => {
  const query = unitVectors(dimension, 1)();
  const margin = scoreMargin(query);
  const errors = nearVectors(query, 2000, 0.3, 2).map(
    (vector) => dot(rounded(query), rounded(vector)) - dot(query, vector),
  );
  const differences = errors.slice(1).map((error, i) => Math.abs(error - errors[i]!));
  const beyond = differences.filter((difference) => difference > margin).length;
  expect(beyond).toBeLessThan(5);
  // It is not so wide that everything is within it.
  expect(Math.max(...differences)).toBeGreaterThan(margin / 4);
});
