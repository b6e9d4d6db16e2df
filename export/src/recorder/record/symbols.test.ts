import { expect, test } from "vitest";
import { Symbols } from "./symbols.ts";

test("a symbol maps to one prime, whose multiples are symbolic", () => {
  const symbols = new Symbols();
  const n = symbols.size("N");
  expect(symbols.size("N")).toBe(n);
  const m = symbols.size("M");
  expect(m).not.toBe(n);
  expect([n, 2 * n, 49 * m, 224, 0, 1].map((size) => symbols.isSymbolic(size))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  expect([n, m, 2 * n, 224].map((size) => symbols.describe(size))).toEqual(["N", "M", null, 224]);
});

test("without symbols no size is symbolic", () => {
  expect(new Symbols().isSymbolic(7919)).toBe(false);
});

test("reshapeTarget infers the symbolic size and allows only one", () => {
  const symbols = new Symbols();
  const n = symbols.size("N");
  expect(symbols.reshapeTarget([n, 7, 7, 64])).toEqual([-1, 7, 7, 64]);
  expect(symbols.reshapeTarget([64, 49 * n])).toEqual([64, -1]);
  expect(symbols.reshapeTarget([3, 4])).toEqual([3, 4]);
  expect(() => symbols.reshapeTarget([n, 2 * n])).toThrow("two sizes are symbolic");
});
