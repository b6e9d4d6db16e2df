import { beforeEach, expect, test } from "vitest";
import { type Change, ExpectedState, type ItemState } from "./expectedState.ts";

let expected: ExpectedState;
const change = (items: Record<string, ItemState>): Change => new Map(Object.entries(items));
const reconcile = (items: Record<string, number>) =>
  expected.reconcile(new Map(Object.entries(items)));

beforeEach(() => {
  expected = new ExpectedState();
  for (const items of [{ a: 1, b: 2 }, { c: 3 }, { c: undefined }]) {
    const acknowledged = change(items);
    expected.begin(acknowledged);
    expected.acknowledge(acknowledged);
  }
});

test("accepts exactly what was acknowledged", () => {
  expect(expected.acknowledged).toBe(3);
  expect(reconcile({ a: 1, b: 2 })).toEqual([]);
});

test.each([
  ["a missing item", { a: 1 }, "b is missing, expected image 2"],
  ["another image", { a: 1, b: 9 }, "b has image 9, expected 2"],
  ["a deleted item", { a: 1, b: 2, c: 3 }, "c was deleted but exists"],
] as const)("reports %s", (_, actual, difference) => {
  expect(reconcile(actual)).toEqual([difference]);
});

test("accepts a pending change applied completely or not at all, but not in part", () => {
  expected.begin(change({ a: 5, d: 6, b: undefined }));
  expect(reconcile({ a: 1, b: 2 })).toEqual([]);
  expected.begin(change({ a: 5, d: 6, b: undefined }));
  expect(reconcile({ a: 5, d: 6 })).toEqual([]);
  expected.begin(change({ a: 7, e: 8 }));
  expect(reconcile({ a: 7, d: 6 })).toEqual(["partly applied: a, e", "a has image 7, expected 5"]);
});

test("expects a refused change to have no effect", () => {
  const refused = change({ a: undefined });
  expected.begin(refused);
  expected.refuse(refused);
  expect(reconcile({ b: 2 })).toEqual(["a is missing, expected image 1"]);
});
