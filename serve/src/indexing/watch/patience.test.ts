import { beforeEach, expect, it } from "vitest";
import { Patience } from "./patience.ts";

let now: number;
let patience: Patience;
beforeEach(() => {
  now = 0;
  patience = new Patience({ settleMs: 100, graceMs: 1000 }, () => now);
});

const changed = (id: string, bytes: number, modified = 1) => ({
  item: { id, path: `/${id}`, label: "x", split: "test" as const },
  ...{ path: `/${id}`, bytes, modified },
});
const settled = (...files: ReturnType<typeof changed>[]) =>
  patience.settled(files).map(({ item }) => item.id);

it("takes a file once its size and time have stayed the same", () => {
  expect(settled(changed("a", 1), changed("b", 1))).toEqual([]);
  now = 60;
  expect(settled(changed("a", 2), changed("b", 1))).toEqual([]);
  now = 120;
  expect(settled(changed("a", 2), changed("b", 1))).toEqual(["b"]);
  expect(settled(changed("a", 2), changed("b", 1))).toEqual(["b"]);
  now = 160;
  expect(settled(changed("a", 2))).toEqual(["a"]);
  expect(patience.nextMs).toBeUndefined();
  expect(settled(changed("c", 1, 1))).toEqual([]);
  now = 300;
  expect(settled(changed("c", 1, 2))).toEqual([]);
  expect(patience.nextMs).toBe(100);
});

it("removes an image once it has been gone for the whole grace period", () => {
  expect(patience.expired(["a", "b"])).toEqual([]);
  now = 900;
  expect(patience.expired(["a"])).toEqual([]);
  expect(patience.nextMs).toBe(1000);
  now = 1000;
  expect(patience.expired(["a", "b"])).toEqual(["a"]);
});

it("starts the grace period anew after a time in which nothing could be seen", () => {
  patience.expired(["a"]);
  now = 2000;
  patience.restart();
  expect(patience.expired(["a"])).toEqual([]);
});
