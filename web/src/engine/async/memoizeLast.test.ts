import { expect, test, vi } from "vitest";
import { memoizeLast } from "./memoizeLast.ts";

test("computes a value once until another key comes between", async () => {
  const last = memoizeLast<string, number>();
  const compute = vi.fn(async () => compute.mock.calls.length);
  const get = (key: string) => last.get(key, compute);
  expect([await get("a"), await get("a"), await get("b"), await get("a")]).toEqual([1, 1, 2, 3]);
});

test("compares keys by the given function", async () => {
  const last = memoizeLast<{ id: number }, number>((a, b) => a.id === b.id);
  expect(await last.get({ id: 1 }, async () => 1)).toBe(1);
  expect(await last.get({ id: 1 }, async () => 2)).toBe(1);
});

test("computes again after clear", async () => {
  const last = memoizeLast<string, number>();
  expect(await last.get("a", async () => 1)).toBe(1);
  last.clear();
  expect(await last.get("a", async () => 2)).toBe(2);
});

test("does not cache a failure", async () => {
  const last = memoizeLast<string, number>();
  await expect(last.get("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await last.get("a", async () => 7)).toBe(7);
});
