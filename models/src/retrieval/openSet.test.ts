import { expect, it } from "vitest";
import { uniform } from "../numeric/random.ts";
import { plainDotProducts } from "./dotProducts.ts";
import { evaluateRetrieval } from "./evaluate.ts";
import { OpenSetMeter } from "./openSet.ts";
import { cosine } from "./vectors.ts";

/** Quadratic loops over all pairs, in double precision. */
function oracle(rows: number[][], labels: Int32Array, rate: number) {
  const pairs = rows.flatMap((a, i) =>
    rows.flatMap((b, j) => (i === j ? [] : [{ i, j, score: cosine(a, b) }])),
  );
  const same = pairs.filter(({ i, j }) => labels[i] === labels[j]).map(({ score }) => score);
  const different = pairs.filter(({ i, j }) => labels[i] !== labels[j]).map(({ score }) => score);
  const allowed = Math.floor(rate * different.length);
  // The first false match that is not allowed any more.
  const threshold = different.sort((a, b) => b - a)[allowed]!;
  const best = (i: number, isKnown: boolean) =>
    Math.max(
      ...pairs
        .filter((pair) => pair.i === i && (isKnown || labels[pair.j] !== labels[i]))
        .map(({ score }) => score),
    );
  const known = rows.map((_, i) => best(i, true));
  const unknown = rows.map((_, i) => best(i, false));
  const wins = known.flatMap((a) => unknown.map((b) => (a > b ? 1 : a === b ? 0.5 : 0) as number));
  return {
    fnmr: same.filter((score) => score <= threshold).length / same.length,
    auroc: wins.reduce((sum, win) => sum + win, 0) / wins.length,
  };
}

it("matches loops over all pairs", async () => {
  const [count, dimension] = [90, 4];
  const next = uniform(count);
  const labels = Int32Array.from({ length: count }, (_, i) => i % 7);
  const rows = Array.from(labels, (label) =>
    Array.from({ length: dimension }, (_, i) => Math.fround(Math.sin(label * 7 + i) + next())),
  );
  const { openSet } = await evaluateRetrieval({
    embeddings: Float32Array.from(rows.flat()),
    dimension,
    labels,
    provider: plainDotProducts,
    withOpenSet: true,
  });
  // Bins of 1/32768 and single precision move a few pairs over the threshold.
  expect(openSet!.fnmrAtFmr["0.01"]).toBeCloseTo(oracle(rows, labels, 0.01).fnmr, 2);
  expect(openSet!.fnmrAtFmr["0.001"]).toBeCloseTo(oracle(rows, labels, 0.001).fnmr, 2);
  expect(openSet!.auroc).toBeCloseTo(oracle(rows, labels, 0.01).auroc, 4);
});

it("matches an example computed by hand", () => {
  // Items 0 and 1 are of one class, 2 and 3 of two others.
  const meter = new OpenSetMeter(Int32Array.of(5, 5, 6, 7));
  for (let i = 0; i < 75; i++) meter.addPair(0, 2, 0.2, 2);
  meter.addPair(0, 3, 0.8, 1);
  for (const score of [0.9, 0.5, 0.3, 0.1]) meter.addPair(0, 1, score, 1);
  meter.add(0, Int32Array.of(1, 2, 3), Float32Array.of(0.9, 0.4, 0.2), true);
  meter.add(1, Int32Array.of(2, 0, 3), Float32Array.of(0.6, 0.5, 0.2), true);
  // 151 pairs of different classes: one may match at FMR 1e-2, and none can at 1e-3.
  expect(meter.result()).toEqual({
    fnmrAtFmr: { "0.01": 0.25, "0.001": null },
    // Known 0.9, 0.6; unknown 0.4, 0.6: 0.9 wins twice, 0.6 wins once and ties once.
    auroc: 3.5 / 4,
  });
});

it("is undefined for a single class", async () => {
  const { openSet, calibration } = await evaluateRetrieval({
    embeddings: Float32Array.of(1, 0, 0.9, 0.1, 0.8, 0.2),
    dimension: 2,
    labels: Int32Array.of(1, 1, 1),
    provider: plainDotProducts,
    withOpenSet: true,
  });
  expect(openSet).toBeUndefined();
  expect(calibration).toBeUndefined();
});
