import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { printable, printableName } from "./printable.ts";
import { writeLine } from "./terminal.ts";

it.each([
  ["\x1b[2Jgull.png", "\\u001b[2Jgull.png"],
  ["\x07\x08\x7f\r", "\\u0007\\u0008\\u007f\\u000d"],
  ["\x9b31m", "\\u009b31m"],
  ["gpj.\u202egull", "gpj.\\u202egull"],
  ["Möwe 鷗 🐦\tand\nmore", "Möwe 鷗 🐦\tand\nmore"],
])("escapes what controls a terminal: %j", (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it("keeps a name on one line", () => {
  expect(printableName("a\nskipped b\t")).toBe("a\\nskipped b\\t");
});

it("keeps control characters out of every line of a command", () => {
  const stream = new PassThrough();
  writeLine("skipped \x1b]0;title\x07.png", stream);
  expect(stream.read().toString()).toBe("skipped \\u001b]0;title\\u0007.png\n");
});
