import { encodeFloat16 } from "@plumage/models";
import { expect, test } from "vitest";
import type { Refinement, Scope } from "../protocol.ts";
import { Library } from "./combinedSearch.ts";
import { EmbeddingRows } from "./cosines/cosines.ts";
import { RowSearch } from "./vectorSearch.ts";

const part = (rows: number[][], labels: string[]) => ({
  search: new RowSearch(new EmbeddingRows(encodeFloat16(Float32Array.from(rows.flat())), 2)),
  labels,
});
const library = new Library(
  part(
    [
      [1, 0],
      [0, 1],
      [0.8, 0.6],
    ],
    ["wren", "owl", "wren"],
  ),
);
library.folder = part(
  [
    [0.96, 0.28],
    [-1, 0],
  ],
  ["me.jpg", "wren.jpg"],
);
const indices = async (all: Library, refinement: Refinement) =>
  (await all.nearest(Float32Array.of(1, 0), 3, refinement, [])).map(({ index }) => index);
const ask = (scope: Scope, refinement = {}) =>
  indices(library, { more: [], less: [], label: "", scope, ...refinement });

test("each scope finds its own, in one order", async () => {
  expect(await ask("gallery")).toEqual([0, 2, 1]);
  expect(await ask("folder")).toEqual([3, 4]);
  expect(await ask("all")).toEqual([0, 3, 2]);
});

test("labels and examples count across both", async () => {
  expect(await ask("all", { label: "WREN" })).toEqual([0, 2, 4]);
  expect(await ask("all", { more: [3] })).toEqual([0, 2, 1]);
  expect([...library.row(4)]).toEqual([-1, 0]);
});

test("without a folder there is the gallery", async () => {
  const plain = new Library(part([[1, 0]], ["wren"]));
  const refinement = { more: [], less: [], label: "", scope: "all" as const };
  expect(await indices(plain, refinement)).toEqual([0]);
});
