import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniform } from "@plumage/models";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { Catalog } from "./catalog.ts";
import { nearestItems } from "./nearest.ts";
import { UsearchStore } from "./usearchStore.ts";

let folder: string;
let catalog: Catalog;
let store: UsearchStore;

/**
 * Neighbors on a circle, closer together than half floats can tell; item "0" is the nearest to the
 * first axis.
 */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-nearest-"));
  catalog = new Catalog(join(folder, "catalogue.db"));
  store = new UsearchStore(4);
  for (const i of [4, 0, 9, 2, 7, 1, 8, 3, 6, 5]) {
    const angle = 0.5 + i * 2e-5;
    const embedding = Float32Array.of(Math.cos(angle), Math.sin(angle), 0, 0);
    const where = {
      label: "x",
      path: "/x",
      box: undefined,
      source: undefined,
      metadata: {},
      uploaded: false,
      bytes: 1,
      modified: 1,
    };
    catalog.put([{ id: String(i), ...where, embedding }]);
    store.add(catalog.byId(String(i))!.key, embedding);
  }
});
afterEach(() => {
  catalog.close();
  rmSync(folder, { recursive: true });
});

const axis = Float32Array.of(1, 0, 0, 0);

test("neighbors that the store cannot tell apart are in order, with exact scores", async () => {
  const found = await nearestItems(axis, { k: 5 }, { catalog, store });
  expect(found.map(({ item }) => item.id)).toEqual(["0", "1", "2", "3", "4"]);
  for (const [i, { score }] of found.entries())
    expect(score).toBeCloseTo(Math.cos(0.5 + i * 2e-5), 6);
});

test("an item that has left the catalog is not found any more", async () => {
  catalog.remove(["1"]);
  const found = await nearestItems(axis, { k: 3 }, { catalog, store });
  expect(found.map(({ item }) => item.id)).toEqual(["0", "2", "3"]);
});

describe("a filter", () => {
  const dimension = 32;
  const count = 5000;
  const next = uniform(5);
  const unit = () => {
    const values = Float32Array.from({ length: dimension }, () => next() - 0.5);
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  };
  const embeddings = Array.from({ length: count }, unit);
  const query = unit();
  const exact = embeddings
    .map((embedding, i) => ({
      i,
      score: embedding.reduce((sum, value, at) => sum + value * query[at]!, 0),
    }))
    .sort((a, b) => b.score - a.score);
  let gallery: { catalog: Catalog; store: UsearchStore };
  let asked: number;

  beforeAll(() => {
    const filled = new Catalog(
      join(mkdtempSync(join(tmpdir(), "plumage-filter-")), "catalogue.db"),
    );
    const index = new UsearchStore(dimension);
    const { added } = filled.put(
      embeddings.map((embedding, i) => ({
        // Far ones are rare: by itself the store would hardly ever meet them.
        ...{
          id: String(i),
          label: i % 2 ? "odd" : "even",
          path: "/x",
          box: undefined,
          source: undefined,
        },
        ...{
          metadata: { thousand: Math.floor(i / 1000), rare: i % 1000 === 0 },
          uploaded: false,
          bytes: 1,
          modified: 1,
        },
        embedding,
      })),
    );
    for (const [i, key] of added.entries()) index.add(key, embeddings[i]!);
    gallery = { catalog: filled, store: index };
  }, 60_000);
  beforeEach(() => {
    asked = 0;
    const { store } = gallery;
    vi.spyOn(store, "search").mockImplementation((embedding, k) => {
      asked++;
      return UsearchStore.prototype.search.call(store, embedding, k);
    });
  });
  afterEach(() => void vi.restoreAllMocks());

  test.each([
    [
      "0.1% of the items",
      { labels: [], metadata: { rare: "true" } },
      (i: number) => i % 1000 === 0,
      false,
    ],
    [
      "a fifth",
      { labels: [], metadata: { thousand: "3" } },
      (i: number) => Math.floor(i / 1000) === 3,
      false,
    ],
    ["a half", { labels: ["odd"], metadata: {} }, (i: number) => i % 2 === 1, true],
    ["all", { labels: ["odd", "even"], metadata: {} }, () => true, true],
    ["none", { labels: ["prime"], metadata: {} }, () => false, false],
  ] as const)(
    "that lets %s through gives the true nearest of those",
    async (_, filter, matches, byStore) => {
      const found = await nearestItems(query, { k: 10, filter }, gallery);
      const expected = exact.filter(({ i }) => matches(i)).slice(0, 10);
      expect(found.map(({ item }) => item.id)).toEqual(expected.map(({ i }) => String(i)));
      expect(asked > 0).toBe(byStore);
    },
  );

  test("with items left out and a lowest score", async () => {
    const best = exact.slice(0, 8);
    const found = await nearestItems(
      query,
      { k: 10, minScore: best[5]!.score - 1e-6, except: new Set([String(best[1]!.i)]) },
      gallery,
    );
    expect(found.map(({ item }) => Number(item.id))).toEqual(
      [0, 2, 3, 4, 5].map((at) => best[at]!.i),
    );
  });
});
