/** Search in a gallery of 4,200 items, compared with exact search, on every store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dot } from "@plumage/models";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { useStore } from "../../test/support/gallery.ts";
import { stores } from "../../test/support/stores.ts";
import { exactRanking, unitVectors } from "../../test/support/vectors.ts";
import type { Collection } from "../collection/collection.ts";

const dimension = 16;
const count = 4200;
/** Items per put: PGlite inserts a few hundred per second into its graph. */
const batchSize = 250;
const unit = unitVectors(dimension, 5);
const embeddings = Array.from({ length: count }, unit);
const query = unit();
const exact = exactRanking(embeddings, query);

/** All but the nearest tenth: a graph visits them last. */
const farScore = exact[count / 10]!.score;
const isFar = (i: number) => dot(embeddings[i]!, query) < farScore;
const isRare = (i: number) => i % 1000 === 0;
const labelOf = (i: number) => (i % 2 ? "odd" : "even");

describe.each(stores)("$name", (store) => {
  const runningStore = useStore(store);
  let folder: string;
  let collection: Collection;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-search-"));
    collection = await runningStore.open(folder, { sha256: "model", dimension }, "index");
    const items = embeddings.map((embedding, i) => ({
      id: String(i),
      label: labelOf(i),
      image: { path: "/x.png" },
      box: undefined,
      source: undefined,
      metadata: { rare: isRare(i), far: isFar(i) },
      bytes: 7,
      modified: 1.5,
      embedding,
    }));
    for (let start = 0; start < count; start += batchSize)
      await collection.put(items.slice(start, start + batchSize));
  });
  afterAll(async () => {
    await collection.close();
    rmSync(folder, { recursive: true });
  });

  test.each([
    ["0.1% of the items", { labels: [], metadata: { rare: "true" } }, isRare],
    ["nine tenths, all of them far", { labels: [], metadata: { far: "true" } }, isFar],
    ["half of the items", { labels: ["odd"], metadata: {} }, (i: number) => labelOf(i) === "odd"],
    ["all items", { labels: ["odd", "even"], metadata: {} }, () => true],
    ["no items", { labels: ["prime"], metadata: {} }, () => false],
  ] as const)("finds the true neighbors among %s", async (_, filter, matches) => {
    const found = await collection.nearest(query, { k: 10, filter });
    const expected = exact.filter(({ i }) => matches(i)).slice(0, 10);
    expect(found.map(({ item }) => item.id)).toEqual(expected.map(({ i }) => String(i)));
    for (const [rank, { score }] of found.entries())
      expect(score).toBeCloseTo(expected[rank]!.score, 5);
  });

  test("applies minScore and exclude", async () => {
    const found = await collection.nearest(query, {
      k: 10,
      minScore: exact[5]!.score - 1e-6,
      exclude: new Set([String(exact[1]!.i)]),
    });
    const expected = [0, 2, 3, 4, 5].map((rank) => String(exact[rank]!.i));
    expect(found.map(({ item }) => item.id)).toEqual(expected);
  });

  test("finds an item first by its own embedding", async () => {
    for (let i = 0; i < count; i += 500) {
      const [first] = await collection.nearest(embeddings[i]!, { k: 3 });
      expect(first!.item.id).toBe(String(i));
    }
  });
});
