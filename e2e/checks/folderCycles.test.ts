import { expect, test } from "vitest";
import { folderCycles } from "./folderCycles.ts";

const cycles = (imports: Record<string, string[]>) =>
  folderCycles(new Map(Object.entries(imports)));

test("accepts a folder between the file that it imports and the file that imports it", () => {
  expect(
    cycles({
      "data/index.ts": ["data/csv/index.ts", "data/dataset.ts"],
      "data/csv/index.ts": ["data/dataset.ts", "data/csv/table.ts"],
    }),
  ).toEqual([]);
});

test("finds folders that import each other through different files", () => {
  expect(
    cycles({
      "src/record/backend.ts": ["src/kernels/index.ts"],
      "src/kernels/conv.ts": ["src/record/recording.ts"],
      "src/main.ts": ["src/record/backend.ts"],
    }),
  ).toEqual([["src/kernels/", "src/record/"]]);
});

test("finds a folder that imports the file by which it is imported", () => {
  expect(
    cycles({ "data/index.ts": ["data/csv/index.ts"], "data/csv/index.ts": ["data/index.ts"] }),
  ).toEqual([["data/csv/", "data/index.ts"]]);
});

test("finds longer cycles at any depth, each once", () => {
  expect(
    cycles({
      "a/x/1.ts": ["a/y/1.ts"],
      "a/y/1.ts": ["a/z/1.ts"],
      "a/z/deep/1.ts": ["a/x/2.ts"],
      "a/z/1.ts": [],
    }),
  ).toEqual([["a/x/", "a/y/", "a/z/"]]);
});
