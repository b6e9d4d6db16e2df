import { beforeAll, describe, expect, test } from "vitest";
import { uniform } from "../numeric/random.ts";
import { type NeighborList, nearCopies } from "./nearCopies.ts";

/** Lists of all pairs of points on a circle, given by their angles. */
const circle = (angles: readonly number[], depth = angles.length): NeighborList[] =>
  angles.map((angle, item) => {
    const near = angles
      .map((other, index) => ({ index, score: Math.cos(angle - other) }))
      .filter(({ index }) => index !== item)
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, depth);
    return {
      indices: Int32Array.from(near, ({ index }) => index),
      scores: Float32Array.from(near, ({ score }) => score),
    };
  });
const membersOf = async (...args: Parameters<typeof nearCopies>) =>
  (await nearCopies(...args)).map(({ members }) => members);

test("groups copies around the one with most pairs, the nearest first", async () => {
  const [group, ...others] = await nearCopies(circle([0.1, 0, 0.25, 2, 3]), Math.cos(0.2));
  expect(others).toEqual([]);
  expect(group!.members).toEqual([0, 1, 2]);
  expect(group!.scores[0]).toBe(1);
  expect(group!.scores[1]).toBeCloseTo(Math.cos(0.1), 6);
  expect(group!.scores[2]).toBeCloseTo(Math.cos(0.15), 6);
});

test("divides a chain, whose ends have nothing in common", async () => {
  const chain = circle(Array.from({ length: 30 }, (_, i) => i / 10));
  const groups = await membersOf(chain, Math.cos(0.11));
  expect(groups.length).toBeGreaterThan(8);
  for (const [center, ...members] of groups)
    for (const member of members) expect(Math.abs(member - center!)).toBe(1);
});

test("has the largest groups first, and each item once", async () => {
  const angles = [0, 0.01, 1, 1.01, 1.02, 2, 2.01];
  expect(await membersOf(circle(angles), Math.cos(0.05))).toEqual([
    [2, 3, 4],
    [0, 1],
    [5, 6],
  ]);
});

test("finds a pair that one list has", async () => {
  const lists = circle([0, 0.1, 0.1, 0.1], 2);
  expect(lists.slice(1).some(({ indices }) => indices.includes(0))).toBe(false);
  expect(await membersOf(lists, Math.cos(0.2))).toEqual([[1, 2, 3, 0]]);
});

test("holds many equal copies together, though lists are shorter", async () => {
  const groups = await membersOf(circle(new Array<number>(200).fill(1), 16), 0.99);
  expect(groups).toHaveLength(1);
  expect(groups[0]).toHaveLength(200);
});

test("pauses after every thousand items", async () => {
  let pauses = 0;
  const pause = async () => pauses++;
  const none = { indices: new Int32Array(), scores: new Float32Array() };
  await nearCopies(new Array<NeighborList>(2500).fill(none), 0.9, pause);
  expect(pauses).toBe(4);
});

test("without pairs there are no groups", async () => {
  expect(await nearCopies([], 0.9)).toEqual([]);
  expect(await nearCopies(circle([0, 1, 2]), 0.9)).toEqual([]);
});

describe("random points", () => {
  const next = uniform(7);
  const angles = Array.from({ length: 120 }, () => 6 * next());
  const within = 0.05;
  let groups: number[][];
  beforeAll(async () => {
    groups = (await membersOf(circle(angles), Math.cos(within))).map((group) => [...group]);
  });

  test("every member is as near to its center as the threshold says", async () => {
    for (const [center, ...members] of groups)
      for (const member of members)
        expect(Math.cos(angles[center!]! - angles[member]!)).toBeGreaterThan(
          Math.cos(within) - 1e-6,
        );
    expect(new Set(groups.flat()).size).toBe(groups.flat().length);
  });

  test("no two items outside of groups are a pair", async () => {
    const grouped = new Set(groups.flat());
    const alone = angles.filter((_, item) => !grouped.has(item));
    expect(await nearCopies(circle(alone), Math.cos(within))).toEqual([]);
  });
});
