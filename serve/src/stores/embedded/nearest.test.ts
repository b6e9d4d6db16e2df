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
  for (const [i, key] of catalog.put(rows).added.entries()) index.add(key, rows[i]!.embedding);
  return { catalog, index };
}

describe("neighbors closer together than half precision resolves", () => {
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

  test("are left out once they are removed from the catalog", async () => {
    filled.catalog.remove(["1"]);
    const found = await nearestItems(axis, { k: 3 }, filled);
    expect(found.map(({ item }) => item.id)).toEqual(["0", "2", "3"]);
  });
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
