import { encodeFloat16 } from "@plumage/models";
import { expect, test } from "vitest";
import { EmbeddingRows } from "./cosines/cosines.ts";
import { Library } from "./library.ts";
import type { Scope } from "./protocol.ts";

const part = (rows: number[][], labels: string[]) => ({
  rows: new EmbeddingRows(encodeFloat16(Float32Array.from(rows.flat())), 2),
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
const ask = (scope: Scope, refinement = {}) =>
  library
    .nearest(Float32Array.of(1, 0), 3, { more: [], less: [], label: "", scope, ...refinement }, [])
    .map(({ index }) => index);

test("each scope finds its own, in one order", () => {
  expect(ask("gallery")).toEqual([0, 2, 1]);
  expect(ask("folder")).toEqual([3, 4]);
  expect(ask("all")).toEqual([0, 3, 2]);
});

test("labels and examples count across both", () => {
  expect(ask("all", { label: "WREN" })).toEqual([0, 2, 4]);
  expect(ask("all", { more: [3] })).toEqual([0, 2, 1]);
  expect([...library.row(4)]).toEqual([-1, 0]);
});

test("without a folder there is the gallery", () => {
  const plain = new Library(part([[1, 0]], ["wren"]));
  const refinement = { more: [], less: [], label: "", scope: "all" as const };
  expect(plain.nearest(Float32Array.of(1, 0), 3, refinement, []).map(({ index }) => index)).toEqual([0]);
});
