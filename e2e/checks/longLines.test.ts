import { expect, test } from "vitest";
import { longLines } from "./longLines.ts";

const check = (path: string, ...lines: string[]) => longLines(path, () => lines.join("\n"));

test("reports lines beyond 100 columns in code and 120 in Markdown", () => {
  expect(check("a.ts", "x".repeat(100), "x".repeat(101))).toEqual([
    "a.ts:2 has 101 columns, of 100",
  ]);
  expect(check("a.py", "x".repeat(101))).toHaveLength(1);
  expect(check("a.md", "x".repeat(120), "x".repeat(121))).toEqual([
    "a.md:2 has 121 columns, of 120",
  ]);
});

test("leaves data and long URLs alone", () => {
  expect(check("a.json", "x".repeat(500))).toEqual([]);
  expect(check("a.md", `See https://example.org/${"x".repeat(120)}`)).toEqual([]);
});
