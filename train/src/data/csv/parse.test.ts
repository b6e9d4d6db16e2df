import { expect, it } from "vitest";
import { parseCsv } from "./parse.ts";

it.each<[string, string, [number, string[]][]]>([
  [
    "cells and lines",
    "a,b\nc,d\n",
    [
      [1, ["a", "b"]],
      [2, ["c", "d"]],
    ],
  ],
  [
    "Windows' line ends and a byte order mark",
    "\ufeffa,b\r\nc,d",
    [
      [1, ["a", "b"]],
      [2, ["c", "d"]],
    ],
  ],
  [
    "empty cells, at either end too",
    ",a,\n,\n",
    [
      [1, ["", "a", ""]],
      [2, ["", ""]],
    ],
  ],
  [
    "empty lines, counted",
    "a\n\n\nb\n",
    [
      [1, ["a"]],
      [4, ["b"]],
    ],
  ],
  [
    "commas, quotes and line ends in quotes",
    '"a,b","say ""hi"""\n"two\nlines",c\nd,e',
    [
      [1, ["a,b", 'say "hi"']],
      [2, ["two\nlines", "c"]],
      [4, ["d", "e"]],
    ],
  ],
  ["nothing", "", []],
])("reads %s", (_, text, rows) => {
  expect(parseCsv(text, "t.csv").map(({ line, cells }) => [line, cells])).toEqual(rows);
});

it.each([
  ['a,b\nc,"d', "t.csv, line 2"],
  ['a,b\nc,d "e" f', "t.csv, line 2"],
  ['"a"b,c', "t.csv, line 1"],
])("refuses %j, with the line", (text, where) => {
  expect(() => parseCsv(text, "t.csv")).toThrow(
    expect.objectContaining({ code: "bad-file", message: expect.stringContaining(where) }),
  );
});
