import { expect, test } from "vitest";
import {
  depthFor,
  type FoundNodes,
  greatestDepth,
  measureDepth,
  needsFarDepth,
  type SearchAtDepth,
  unmeasured,
} from "./searchDepth.ts";

const pause = async () => undefined;
const corners = Array.from({ length: 64 }, (_, i) => {
  const corner = new Float32Array(64);
  corner[i] = 1;
  return corner;
});
const cornerOf = (probe: Float32Array) => probe.indexOf(Math.max(...probe));
/** Whether a probe is near a corner, rather than halfway between two. */
const isNear = (probe: Float32Array) => Math.max(...probe) > 0.8;

const nodes = (keys: number[], score = 0.99): FoundNodes => ({
  keys,
  distances: keys.map(() => 1 - score),
});

/** A search that finds its first ten nodes at a depth only, and none of them before. */
const findsAllAt =
  (needed: (probe: Float32Array) => number, score?: number): SearchAtDepth =>
  (probe, depth) =>
    nodes(
      Array.from({ length: Math.min(depth, 40) }, (_, i) => (depth >= needed(probe) ? i : i + 100)),
      score,
    );

test.each([1, 33, 64, 500])(
  "is the least depth that finds all, if %i is enough",
  async (needed) => {
    const { near, far } = await measureDepth(
      findsAllAt(() => needed),
      corners,
      pause,
    );
    expect(near).toBeGreaterThanOrEqual(needed);
    expect(near).toBeLessThanOrEqual(Math.max(32, 2 * needed));
    expect(far).toBe(near);
  },
);

test("is the greatest if no depth finds all", async () => {
  const search = findsAllAt(() => 2 * greatestDepth);
  const { near, far } = await measureDepth(search, corners, pause);
  expect([near, far]).toEqual([greatestDepth, greatestDepth]);
});

test("takes a miss of one neighbor in hundreds, but not of one in each search", async () => {
  const missing =
    (unlucky: (probe: number) => boolean): SearchAtDepth =>
    (probe, depth) =>
      nodes(
        Array.from({ length: 40 }, (_, i) =>
          i === 9 && depth < 512 && isNear(probe) && unlucky(cornerOf(probe)) ? 99 : i,
        ),
      );
  const nearDepthOf = async (search: SearchAtDepth) =>
    (await measureDepth(search, corners, pause)).near;
  expect(await nearDepthOf(missing((probe) => probe === 5))).toBe(26);
  expect(await nearDepthOf(missing(() => true))).toBe(512);
});

test("goes deeper for queries halfway between two vectors", async () => {
  const search = findsAllAt((probe) => (isNear(probe) ? 30 : 100));
  const { near, far } = await measureDepth(search, corners, pause);
  expect([near, far]).toEqual([32, 128]);
});

test("takes a query for far if its tenth neighbor is farther than most vectors'", async () => {
  const scoreOf = (probe: Float32Array) => 0.9 + cornerOf(probe) / 1000;
  const search: SearchAtDepth = (probe, depth) => {
    const needed = isNear(probe) ? 26 : 64;
    return findsAllAt(() => needed, scoreOf(probe))(probe, depth);
  };
  const depth = await measureDepth(search, corners, pause);
  const keys = Array.from({ length: 26 }, (_, i) => i);
  expect(needsFarDepth(nodes(keys, 0.95), depth)).toBe(false);
  // Below three of 64 vectors' tenth scores.
  expect(needsFarDepth(nodes(keys, 0.902), depth)).toBe(true);
  expect(needsFarDepth(nodes(keys, 0), { ...depth, far: depth.near })).toBe(false);
  expect(needsFarDepth(nodes(keys, 0), unmeasured)).toBe(false);
});

test("is not measured on nothing", async () => {
  const search = findsAllAt(() => 1);
  expect(await measureDepth(search, [], pause)).toBe(unmeasured);
});

test("grows with the number of results, up to the greatest depth", () => {
  expect(depthFor(10, 48)).toBe(48);
  expect(depthFor(52, 48)).toBe(96);
  expect(depthFor(400, 48)).toBe(greatestDepth);
  expect(depthFor(4096, 48)).toBe(4096);
});
