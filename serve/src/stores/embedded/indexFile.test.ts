import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unitVectors } from "../../../test/support/vectors.ts";
import { Catalog } from "./catalog.ts";
import type { NewRow } from "./catalogRows.ts";
import { buildIndex, openIndex } from "./indexFile.ts";
import type { UsearchIndex } from "./usearchIndex.ts";

const model = { dimension: 16, sha256: "a model" };
const access = { print: () => undefined, canWrite: true };
const unit = unitVectors(16, 1);
let folder: string;
let catalog: Catalog;

const row = (id: string, embedding = unit()): NewRow => ({
  ...{ id, label: "x", path: "/x.png", box: undefined, source: undefined },
  ...{ metadata: {}, uploaded: false, bytes: 1, modified: 1, embedding },
});
const file = (name: string) => join(folder, name);

async function open() {
  const lines: string[] = [];
  const index = await openIndex(folder, catalog, model, {
    print: (line) => lines.push(line),
    canWrite: true,
  });
  return { index, printed: lines.join() };
}

/** Expects exactly the catalog's items, each found by its own embedding. */
function expectComplete(index: UsearchIndex): void {
  expect(index.size).toBe(catalog.size);
  for (const { key, embedding } of catalog.embeddings())
    expect(index.search(embedding, 1)[0]!.keys).toContain(key);
}

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0xff;
  writeFileSync(path, bytes);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-index-file-"));
  catalog = new Catalog(file("catalogue.db"));
  catalog.put(Array.from({ length: 40 }, (_, i) => row(String(i))));
  await buildIndex(folder, catalog, model, access);
});
afterEach(() => {
  catalog.close();
  rmSync(folder, { recursive: true });
});

test("loads an intact index without rewriting it", async () => {
  const written = statSync(file("index.usearch")).mtimeMs;
  const { index, printed } = await open();
  expect(printed).toBe("");
  expect(statSync(file("index.usearch")).mtimeMs).toBe(written);
  expectComplete(index);
});

test.each([
  ["a damaged file", () => flipByte(file("index.usearch")), /damaged/],
  ["a truncated file", () => writeFileSync(file("index.usearch"), "x"), /damaged/],
  ["a missing file", () => unlinkSync(file("index.usearch")), /missing or damaged/],
  ["damaged nodes", () => flipByte(file("index.nodes")), /damaged/],
  ["missing nodes", () => unlinkSync(file("index.nodes")), /missing or damaged/],
  [
    "an index of an older version",
    () => writeFileSync(file("index.json"), '{"format": "plumage-index/2"}'),
    /another version/,
  ],
  ["a missing sidecar", () => unlinkSync(file("index.json")), /missing or damaged/],
  ["an invalid sidecar", () => writeFileSync(file("index.json"), "{}"), /missing or damaged/],
  [
    "an index of another model",
    () => buildIndex(folder, catalog, { ...model, sha256: "another" }, access),
    /another model/,
  ],
  ["an index of a newer catalog", () => catalog.setMeta("revision", "0"), /newer than the catalog/],
] as const)("rebuilds %s and prints why", async (_, harm, reason) => {
  await harm();
  const { index, printed } = await open();
  expect(printed).toMatch(/^rebuilding the vector index/);
  expect(printed).toMatch(reason);
  expectComplete(index);
  expect((await open()).printed).toBe("");
});

test("says nothing about the missing index of an empty catalog", async () => {
  catalog.remove(Array.from({ length: 40 }, (_, i) => String(i)));
  unlinkSync(file("index.usearch"));
  const { index, printed } = await open();
  expect([printed, index.size]).toEqual(["", 0]);
});

test("applies the catalog's later changes to an older index", async () => {
  const embedding = new Float32Array(16);
  embedding[3] = 1;
  // A replaced item: the same number of items, another embedding.
  catalog.put([row("7", embedding)]);
  catalog.remove(["1", "2"]);
  catalog.put([row("new", embedding)]);
  catalog.remove(["new"]);
  const { index, printed } = await open();
  expect(printed).toMatch(/^updated the vector index: 1 items added/);
  expectComplete(index);
});
