import { expect, test, vi } from "vitest";
import { LastOne } from "./memoizeLast.ts";

test("a value is made once for a key, and anew when another came between", async () => {
  const last = new LastOne<string, number>((a, b) => a === b);
  const make = vi.fn(async () => make.mock.calls.length);
  expect([await last.get("a", make), await last.get("a", make), await last.get("b", make)]).toEqual(
    [1, 1, 2],
  );
  expect(await last.get("a", make)).toBe(3);
});

test("what is forgotten is made anew", async () => {
  const last = new LastOne<string, number>((a, b) => a === b);
  expect(await last.get("a", async () => 1)).toBe(1);
  last.forget();
  expect(await last.get("a", async () => 2)).toBe(2);
});

test("a failure is not remembered", async () => {
  const last = new LastOne<string, number>((a, b) => a === b);
  await expect(last.get("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await last.get("a", async () => 7)).toBe(7);
});
