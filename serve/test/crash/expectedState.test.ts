import { beforeEach, expect, test } from "vitest";
import { type Change, Ledger, type State } from "./expectedState.ts";

let ledger: Ledger;
const change = (...entries: [string, State][]): Change => new Map(entries);
const done = (one: Change) => {
  ledger.begin(one);
  ledger.acknowledge(one);
};
beforeEach(() => {
  ledger = new Ledger();
  done(change(["a", 1], ["b", 2]));
  done(change(["c", 3]));
  done(change(["c", undefined]));
});

test("what was acknowledged is there, and nothing else", () => {
  expect(ledger.acknowledged).toBe(3);
  expect(
    ledger.settle(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    ),
  ).toEqual([]);
});

test.each([
  ["a lost item", [["a", 1]], "b should be image 2 and is gone"],
  [
    "an older image",
    [
      ["a", 1],
      ["b", 9],
    ],
    "b should be image 2 and is 9",
  ],
  [
    "one that was taken away",
    [
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ],
    "c should be gone and is there",
  ],
] as const)("%s is found out", (_, found, line) => {
  expect(ledger.settle(new Map(found))).toEqual([line]);
});

test("what was open may be or not be, but not in part", () => {
  const open = () => ledger.begin(change(["a", 5], ["d", 6], ["b", undefined]));
  open();
  expect(
    ledger.settle(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    ),
  ).toEqual([]);
  open();
  expect(
    ledger.settle(
      new Map([
        ["a", 5],
        ["d", 6],
      ]),
    ),
  ).toEqual([]);
  ledger.begin(change(["a", 7], ["e", 8]));
  expect(
    ledger.settle(
      new Map([
        ["a", 7],
        ["d", 6],
      ]),
    ),
  ).toEqual(["half done: a, e", "a should be image 5 and is 7"]);
});

test("what was refused has not changed anything", () => {
  const one = change(["a", undefined]);
  ledger.begin(one);
  ledger.refuse(one);
  expect(ledger.settle(new Map([["b", 2]]))).toEqual(["a should be image 1 and is gone"]);
});
