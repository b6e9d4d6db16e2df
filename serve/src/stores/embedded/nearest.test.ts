import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { exactRanking, unitVectors } from "../../../test/support/vectors.ts";
import { Catalog } from "./catalog.ts";
import type { NewRow } from "./catalogRows.ts";
import { nearestItems } from "./nearest.ts";
import { UsearchIndex } from "./usearchIndex.ts";

const row = (id: string, embedding: Float32Array, fields: Partial<NewRow> = {}): NewRow => ({
  id,
  label: "x",
  path: "/x",
  box: undefined,
  source: undefined,
  metadata: {},
  uploaded: false,
  bytes: 1,
  modified: 1,
  embedding,
  ...fields,
});

/** A catalog and the index of its items. */
function fill(folder: string, rows: readonly NewRow[]) {
  const catalog = new Catalog(join(folder, "catalogue.db"));
  const index = new UsearchIndex(rows[0]!.embedding.length);
  const { added } = catalog.put(rows);
  index.add(rows.map(({ embedding }, i) => ({ key: added[i]!, embedding })));
  return { catalog, index };
}

describe("neighbors closer together than bfloat16 resolves", () => {
  const axis = Float32Array.of(1, 0, 0, 0);
  let folder: string;
  let filled: ReturnType<typeof fill>;

  /** Points on a circle; "0" is the nearest to the axis, "9" the farthest. */
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "plumage-nearest-"));
    const rows = [4, 0, 9, 2, 7, 1, 8, 3, 6, 5].map((i) => {
      const angle = 0.5 + i * 2e-5;
      return row(String(i), Float32Array.of(Math.cos(angle), Math.sin(angle), 0, 0));
    });
    filled = fill(folder, rows);
  });
  afterEach(() => {
    filled.catalog.close();
    rmSync(folder, { recursive: true });
  });

  test("are ranked by exact scores", async () => {
    const found = await nearestItems(axis, { k: 5 }, filled);
    expect(found.map(({ item }) => item.id)).toEqual(["0", "1", "2", "3", "4"]);
    for (const [i, { score }] of found.entries())
      expect(score).toBeCloseTo(Math.cos(0.5 + i * 2e-5), 6);
  });

  test("find themselves first", async () => {
    for (const { embedding, key } of filled.catalog.embeddings()) {
      const [first] = await nearestItems(embedding, { k: 3 }, filled);
      expect(first!.item.key).toBe(key);
    }
  });

  test("are left out once they are removed from the catalog", async () => {
    filled.catalog.remove(["1"]);
    const found = await nearestItems(axis, { k: 3 }, filled);
    expect(found.map(({ item }) => item.id)).toEqual(["0", "2", "3"]);
  });
});

test("copies are returned in the order of their keys, whatever the number of others", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plumage-copies-"));
  const unit = unitVectors(16, 3);
  const copied = unit();
  const rows = Array.from({ length: 400 }, (_, i) => row(`copy ${i}`, copied));
  const others = Array.from({ length: 30 }, (_, i) => row(`other ${i}`, unit()));
  const filled = fill(folder, [...rows, ...others]);
  const ids = async (query: Float32Array, k: number) =>
    (await nearestItems(query, { k }, filled)).map(({ item }) => item.id);
  expect(await ids(copied, 100)).toEqual(rows.slice(0, 100).map(({ id }) => id));
  expect(new Set(await ids(copied, 1000)).size).toBe(430);
  for (const { id, embedding } of others) expect((await ids(embedding, 10))[0]).toBe(id);
  filled.catalog.remove(["copy 0"]);
  expect(await ids(copied, 2)).toEqual(["copy 1", "copy 2"]);
  filled.catalog.close();
  rmSync(folder, { recursive: true });
});

describe("a filter", () => {
  const unit = unitVectors(32, 5);
  const embeddings = Array.from({ length: 5000 }, unit);
  const query = unit();
  const exact = exactRanking(embeddings, query);
  const thousandOf = (i: number) => Math.floor(i / 1000);
  const isRare = (i: number) => i % 1000 === 0;
  let folder: string;
  let filled: ReturnType<typeof fill>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "plumage-filter-"));
    const rows = embeddings.map((embedding, i) =>
      row(String(i), embedding, {
        label: i % 2 ? "odd" : "even",
        metadata: { thousand: thousandOf(i), rare: isRare(i) },
      }),
    );
    filled = fill(folder, rows);
  });
  afterAll(() => {
    filled.catalog.close();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["0.1% of the items, exactly", { rare: "true" }, [], isRare, false],
    ["a fifth, exactly", { thousand: "3" }, [], (i: number) => thousandOf(i) === 3, false],
    ["half, by the graph", {}, ["odd"], (i: number) => i % 2 === 1, true],
    ["all, by the graph", {}, ["odd", "even"], () => true, true],
    ["none, exactly", {}, ["prime"], () => false, false],
  ] as const)("searches among %s", async (_, metadata, labels, matches, usesGraph) => {
    const search = vi.spyOn(filled.index, "search");
    const found = await nearestItems(query, { k: 10, filter: { labels, metadata } }, filled);
    const expected = exact.filter(({ i }) => matches(i)).slice(0, 10);
    expect(found.map(({ item }) => item.id)).toEqual(expected.map(({ i }) => String(i)));
    expect(search.mock.calls.length > 0).toBe(usesGraph);
    search.mockRestore();
  });
});
