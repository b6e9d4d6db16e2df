import { expect, test } from "vitest";
import { depthFor, greatestDepth, measureDepth, probesOf } from "./searchDepth.ts";

const pause = async () => undefined;
const probes = Array.from({ length: 8 }, () => new Float32Array(4));

/** A search that finds its first ten nodes at a depth only, and none of them before. */
const findsAllAt = (needed: number) => (_: Float32Array, depth: number) =>
  Array.from({ length: Math.min(depth, 40) }, (_, i) => (depth >= needed ? i : i + 100));

test.each([1, 33, 64, 500])(
  "is the least depth that finds all, if %i is enough",
  async (needed) => {
    const depth = await measureDepth(findsAllAt(needed), probes, pause);
    expect(depth).toBeGreaterThanOrEqual(needed);
    expect(depth).toBeLessThanOrEqual(Math.max(32, 2 * needed));
  },
);

test("is the greatest if no depth finds all", async () => {
  expect(await measureDepth(findsAllAt(2 * greatestDepth), probes, pause)).toBe(greatestDepth);
});

test("takes a miss of one neighbor in hundreds, but not of one in each search", async () => {
  const many = Array.from({ length: 64 }, (_, i) => Float32Array.of(i));
  const missing = (unlucky: (probe: number) => boolean) => (probe: Float32Array, depth: number) =>
    Array.from({ length: 40 }, (_, i) => (i === 9 && depth < 512 && unlucky(probe[0]!) ? 99 : i));
  const depthOf = (search: ReturnType<typeof missing>) => measureDepth(search, many, pause);
  expect(await depthOf(missing((probe) => probe === 5))).toBe(26);
  expect(await depthOf(missing(() => true))).toBe(512);
});

test("grows with the number of results, up to the greatest depth", () => {
  expect(depthFor(10, 48)).toBe(48);
  expect(depthFor(52, 48)).toBe(96);
  expect(depthFor(400, 48)).toBe(greatestDepth);
  expect(depthFor(4096, 48)).toBe(4096);
});

test("probes with the vectors and what lies halfway between two of them", () => {
  const probes = probesOf([Float32Array.of(1, 0), Float32Array.of(0, 1)]);
  expect(probes).toHaveLength(4);
  for (const probe of probes) expect(Math.hypot(...probe)).toBeCloseTo(1);
  expect(probes[2]![0]).toBeCloseTo(Math.SQRT1_2);
});
