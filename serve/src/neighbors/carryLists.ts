/** The neighbors of a gallery's earlier state, as far as they hold for the present one. */
import { setImmediate } from "node:timers/promises";
import type { NeighborList } from "@plumage/models";
import type { ComparedGallery, ComparedItem } from "./comparedGallery.ts";

/** A list that has lost so many that fewer are left is searched for again. */
const leastNeighbors = 16;
const itemsPerTurn = 1000;

/**
 * The list of each item that was compared before, without those that are gone: what is left are
 * its nearest still.
 *
 * @returns undefined for new items, and for those of which too few neighbors are left
 */
export async function carryLists(
  { items: before, neighbors }: ComparedGallery,
  items: readonly ComparedItem[],
): Promise<(NeighborList | undefined)[]> {
  const positionsBefore = new Map(before.map(({ key }, at) => [key, at]));
  const positions = new Int32Array(before.length).fill(-1);
  for (const [at, { key }] of items.entries()) {
    const known = positionsBefore.get(key);
    if (known !== undefined) positions[known] = at;
  }
  const lists: (NeighborList | undefined)[] = [];
  for (const [at, { key }] of items.entries()) {
    if (at % itemsPerTurn === itemsPerTurn - 1) await setImmediate();
    const known = positionsBefore.get(key);
    const list = known === undefined ? undefined : moved(neighbors[known]!, positions);
    lists.push(list && list.indices.length >= leastNeighbors ? list : undefined);
  }
  return lists;
}

/** A list with other positions, without those that have none. */
function moved({ indices, scores }: NeighborList, positions: Int32Array): NeighborList {
  return {
    scores: scores.filter((_, rank) => positions[indices[rank]!]! >= 0),
    indices: indices.map((index) => positions[index]!).filter((index) => index >= 0),
  };
}

/**
 * Adds an item to a list in which it is not yet, unless it is further than all of it: others that
 * are not in the list may be nearer.
 *
 * @param depth greatest length of a list
 */
export function withNeighbor(
  list: NeighborList,
  index: number,
  score: number,
  depth: number,
): NeighborList {
  const { indices, scores } = list;
  const rank = scores.findIndex((other) => score > other);
  if (rank < 0) return list;
  const length = Math.min(depth, indices.length + 1);
  const longer = { indices: new Int32Array(length), scores: new Float32Array(length) };
  for (const [values, added, target] of [
    [indices, index, longer.indices],
    [scores, score, longer.scores],
  ] as const) {
    target.set(values.subarray(0, rank));
    target[rank] = added;
    target.set(values.subarray(rank, length - 1), rank + 1);
  }
  return longer;
}
