import { describe, expect, test } from "vitest";
import { uniform } from "../numeric/random.ts";
import { type DiversityCandidate, diversify } from "./diversify.ts";
import { dot } from "./vectors.ts";

const unit = (...values: number[]) => {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
};
const query = unit(1, 0, 0);
const candidatesOf = (...embeddings: Float32Array[]): DiversityCandidate[] =>
  embeddings
    .map((embedding) => ({ score: dot(query, embedding), embedding }))
    .sort((a, b) => b.score - a.score);

/** A burst of three, then two images of other directions. */
const burst = candidatesOf(
  unit(1, 0.1, 0),
  unit(1, 0.11, 0),
  unit(1, 0.12, 0),
  unit(1, 0, 0.6),
  unit(1, -0.9, 0),
);

test("diversity 0 keeps the order", () => {
  expect([...diversify(burst, 0)]).toEqual([0, 1, 2, 3, 4]);
});

test("puts one image of a burst first, and the rest of it behind the others", () => {
  expect([...diversify(burst, 0.5)].slice(0, 3)).toEqual([0, 4, 3]);
});

test("diversity 1 starts with the best and ignores the scores of the others", () => {
  const lowered = burst.map((each, at) => (at === 0 ? each : { ...each, score: -at }));
  expect([...diversify(lowered, 1)]).toEqual([...diversify(burst, 1)]);
  expect([...diversify(burst, 1)][0]).toBe(0);
});

test("ties go to the earlier candidate", () => {
  const same = candidatesOf(query, query, query, query);
  for (const diversity of [0, 0.5, 1])
    expect([...diversify(same, diversity)]).toEqual([0, 1, 2, 3]);
});

test("takes no step that nobody asks for", () => {
  expect(diversify(burst, 0.5).next()).toEqual({ done: false, value: 0 });
  expect([...diversify([], 0.5)]).toEqual([]);
});

describe("equals the paper's formula by plain loops", () => {
  const next = uniform(3);
  const random = candidatesOf(
    ...Array.from({ length: 40 }, () => unit(...Array.from({ length: 8 }, () => next() - 0.3))),
  );
  random.sort((a, b) => b.score - a.score);
  test.each([0.2, 0.5, 0.8])("diversity %s", (diversity) => {
    const picked: number[] = [];
    while (picked.length < random.length) {
      const values = random.map(({ score, embedding }, at) => {
        if (picked.includes(at)) return Number.NEGATIVE_INFINITY;
        if (picked.length === 0) return score;
        const cosines = picked.map((other) => dot(embedding, random[other]!.embedding));
        return (1 - diversity) * score - diversity * Math.max(...cosines);
      });
      picked.push(values.indexOf(Math.max(...values)));
    }
    expect([...diversify(random, diversity)]).toEqual(picked);
  });
});
