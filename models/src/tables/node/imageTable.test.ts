import { expect, it } from "vitest";
import { unlabeled } from "../../retrieval/confidence.ts";
import { readImageTable } from "./imageTable.ts";

it("finds columns by name, in any order, and ignores others", () => {
  const text = "Split,label,note,path,box\ntrain,gull,x,a.jpg,1 2.5 30 40\ntest,tern,,b.jpg,\n";
  expect(readImageTable(text, "t.csv", "required")).toEqual([
    {
      path: "a.jpg",
      label: "gull",
      split: { split: "train" },
      box: { x: 1, y: 2.5, width: 30, height: 40 },
    },
    { path: "b.jpg", label: "tern", split: { split: "test" } },
  ]);
});

it("leaves images without a label unlabeled, where labels are optional", () => {
  expect(readImageTable("path,label\na.jpg,\nb.jpg,gull\n", "t.csv", "optional")).toEqual([
    { path: "a.jpg", label: unlabeled },
    { path: "b.jpg", label: "gull" },
  ]);
  expect(readImageTable("path,box\na.jpg,1 2 3 4\n", "t.csv", "optional")).toEqual([
    { path: "a.jpg", label: unlabeled, box: { x: 1, y: 2, width: 3, height: 4 } },
  ]);
});

it("requires only path and label", () => {
  expect(readImageTable('path,label\n"a, b.jpg",gull\n', "t.csv", "required")).toEqual([
    { path: "a, b.jpg", label: "gull" },
  ]);
});

it.each([
  'Path;"label";box\na, b.jpg;gull;1 2 3 4\n',
  "sep=;\npath;label;box\na, b.jpg;gull;1 2 3 4\n",
  "path\tlabel\tbox\na, b.jpg\tgull\t1 2 3 4\n",
  '\n"path","label","box",\n"a, b.jpg",gull,"1,2,3,4",,\n,,,\n',
])("finds the separator, and passes empty cells and rows at the end: %j", (text) => {
  expect(readImageTable(text, "t.csv", "required")).toEqual([
    { path: "a, b.jpg", label: "gull", box: { x: 1, y: 2, width: 3, height: 4 } },
  ]);
});

it.each([
  ["a.jpg,gull\n", 't.csv has no column "path"'],
  ["path|label\na.jpg|gull\n", 't.csv has no column "path"'],
  ["path,label,Label\na.jpg,gull,tern\n", 't.csv has two columns "label"'],
  ["", 't.csv has no column "path"'],
  ["path,label\na.jpg,\n", "t.csv, line 2: label: is empty"],
  ["path,label\na.jpg,gull,1 2 3 4\n", "t.csv, line 2 has 3 cells, and the first line 2"],
  ["path,label\na.jpg\n", "t.csv, line 2: label: is empty"],
  ["path,label,box\n\na.jpg,gull,1 2 3\n", "t.csv, line 3: box: expected four numbers"],
  ["path,label,box\na.jpg,gull,1 2 x 4\n", "t.csv, line 2: box"],
  ["path,label,box\na.jpg,gull,1 2 0 4\n", "t.csv, line 2: box width"],
  ["path,label,split\na.jpg,gull,val\n", "t.csv, line 2: split"],
  ["path,label,split\na.jpg,gull,train\nb.jpg,gull,\n", "t.csv: 1 of 2 rows have a split"],
])("rejects %j, naming the line or column", (text, message) => {
  expect(() => readImageTable(text, "t.csv", "required")).toThrow(
    expect.objectContaining({ code: "bad-file", message: expect.stringContaining(message) }),
  );
});
