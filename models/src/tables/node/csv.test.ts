import { expect, it } from "vitest";
import { parseCsv } from "./csv.ts";

it.each<[string, string, [number, string[]][]]>([
  [
    "rows of cells",
    "a,b\nc,d\n",
    [
      [1, ["a", "b"]],
      [2, ["c", "d"]],
    ],
  ],
  ["empty cells", ",a,\n", [[1, ["", "a", ""]]]],
  [
    "past lines without text, which count as lines",
    "a,b\n\n , \nc\n,\n",
    [
      [1, ["a", "b"]],
      [4, ["c"]],
    ],
  ],
  [
    "commas, quotes and line breaks inside quotes",
    '"a,b","say ""hi"""\n"two\nlines",c\nd,e',
    [
      [1, ["a,b", 'say "hi"']],
      [2, ["two\nlines", "c"]],
      [4, ["d", "e"]],
    ],
  ],
  [
    "rows of different lengths",
    "a\nb,c\n",
    [
      [1, ["a"]],
      [2, ["b", "c"]],
    ],
  ],
  ["an empty file", "", []],
])("reads %s", (_, text, rows) => {
  expect(parseCsv(text, "t.csv", ",").map(({ line, cells }) => [line, cells])).toEqual(rows);
});

it.each([";", "\t"] as const)("splits at %j, and not at commas", (separator) => {
  const text = `a,b${separator}"c${separator}d"\n`;
  expect(parseCsv(text, "t.csv", separator)).toEqual([
    { line: 1, cells: ["a,b", `c${separator}d`] },
  ]);
});

it.each([
  ['a,b\nc,"d', "t.csv, line 2"],
  ['a,b\nc,d "e" f', "t.csv, line 2"],
  ['"a"b,c', "t.csv, line 1"],
  ['a\n\nb,"c\nd\ne', "t.csv, line 3"],
])("rejects %j, naming the line", (text, where) => {
  expect(() => parseCsv(text, "t.csv", ",")).toThrow(
    expect.objectContaining({ code: "bad-file", message: expect.stringContaining(where) }),
  );
});
