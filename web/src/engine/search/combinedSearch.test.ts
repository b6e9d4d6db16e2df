import { type Calibration, encodeFloat16 } from "@plumage/models";
import { expect, test } from "vitest";
import { CombinedSearch, type Scope, type SearchOptions } from "./combinedSearch.ts";
import { EmbeddingRows } from "./cosines/cosines.ts";
import { VectorSearch } from "./vectorSearch.ts";

const section = (rows: number[][], labels: string[]) => ({
  search: new VectorSearch(new EmbeddingRows(encodeFloat16(Float32Array.from(rows.flat())), 2)),
  labels,
});
const galleryRows = [
  [1, 0],
  [0, 1],
  [0.8, 0.6],
];
const folderRows = [
  [0.96, 0.28],
  [-1, 0],
];
const combined = new CombinedSearch(section(galleryRows, ["wren", "owl", "wren"]));
combined.folder = section(folderRows, ["me.jpg", "wren.jpg"]);

async function search(scope: Scope, changes: Partial<SearchOptions> = {}, target = combined) {
  const options = { more: [], less: [], label: "", scope, ...changes };
  const hits = await target.nearest(Float32Array.of(1, 0), 3, options, []);
  return hits.map(({ index }) => index);
}

test("each scope searches its own images, ranked together", async () => {
  expect(await search("gallery")).toEqual([0, 2, 1]);
  expect(await search("folder")).toEqual([3, 4]);
  expect(await search("all")).toEqual([0, 3, 2]);
});

test("labels and examples apply to gallery and folder", async () => {
  expect(await search("all", { label: "WREN" })).toEqual([0, 2, 4]);
  expect(await search("all", { more: [3] })).toEqual([0, 2, 1]);
  expect([...combined.embedding(4)]).toEqual([-1, 0]);
});

test("confidences compare as many images as the calibration looks at", async () => {
  const calibration: Calibration = {
    depth: 3,
    gapScale: 0.1,
    nearest: { bias: -8, score: 10, gap: 1 },
    others: { bias: -9, score: 10, gap: 1 },
    reliability: { samples: 400, ece: 0.02, bins: [] },
  };
  const target = new CombinedSearch(section(galleryRows, ["wren", "owl", "wren"]), calibration);
  const options = { more: [], less: [], label: "", scope: "gallery" } as const;
  const query = Float32Array.of(1, 0);
  const [first, second, third] = await target.nearest(query, 3, options, []);
  // The owl is third, so the wren's gap to it is 1.
  expect(first!.confidence).toBeCloseTo(1 / (1 + Math.exp(-(-8 + 10 + Math.asinh(10)))), 3);
  expect(second!.confidence).toBeLessThan(first!.confidence!);
  expect(third!.confidence).toBeLessThan(0.001);
  const [only, ...rest] = await target.nearest(query, 1, options, []);
  expect(only!.confidence).toBe(first!.confidence);
  expect(rest).toEqual([]);
  // The calibration is of images.
  for (const { confidence } of await target.nearest(query, 3, options, [], true))
    expect(confidence).toBeUndefined();
});

test("without a folder, all images are the gallery's", async () => {
  const galleryOnly = new CombinedSearch(section([[1, 0]], ["wren"]));
  expect(await search("all", {}, galleryOnly)).toEqual([0]);
});
