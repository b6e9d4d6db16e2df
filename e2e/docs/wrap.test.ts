import { expect, it } from "vitest";
import { wrap } from "./wrap.ts";

it("breaks between words, at 120 columns, and indents continued lines", () => {
  const lines = wrap(`* ${"word ".repeat(60).trim()}`, "  ").split("\n");
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
  expect(lines[0]).toMatch(/^\* word/);
  expect(lines[1]).toMatch(/^ {2}word/);
});

it("keeps a word that is longer than a line", () => {
  expect(wrap(`a ${"b".repeat(130)}`)).toBe(`a\n${"b".repeat(130)}`);
});
