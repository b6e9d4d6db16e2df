/** What every store must do alike. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dot, uniform } from "@plumage/models";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type StoreInUse, stores } from "../../test/support/stores.ts";
import type { Collection } from "../collection/collection.ts";
import type { NewItem } from "../collection/item.ts";

const dimension = 24;
const model = { model: "first", dimension };

const units = (seed: number) => {
  const next = uniform(seed);
  return () => {
    const values = Float32Array.from({ length: dimension }, () => next() - 0.5);
    const length = Math.hypot(...values);
    return values.map((value) => value / length);
  };
};
const unit = units(1);
const item = (id: string, more: Partial<NewItem> = {}): NewItem => ({
  id,
  label: `of ${id}`,
  image: { path: `/${id}.png` },
  box: undefined,
  source: undefined,
  metadata: {},
  bytes: 7,
  modified: 1.5,
  embedding: unit(),
  ...more,
});

describe.each(stores)("$name", (store) => {
  let storeInUse: StoreInUse;
  let folder: string;
  let collection: Collection;
  beforeAll(async () => {
    storeInUse = await store.start();
  }, 60_000);
  afterAll(() => storeInUse.stop());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-collection-"));
    collection = await storeInUse.open(folder, model, "index");
  });
  afterEach(async () => {
    await collection.close();
    rmSync(folder, { recursive: true });
  });

  test("what is put is found again, by a later start too", async () => {
    const box = { x: 1, y: 2, width: 3.5, height: 4 };
    const given = [
      item("a", {
        box,
        source: "s",
        metadata: { place: 'sh"ore', year: 2024, ripe: true, share: 0.1 },
      }),
      item("ü/ö \u{1f426}"),
    ];
    const put = await collection.put(given);
    await collection.close();
    collection = await storeInUse.open(folder, model, "serve");
    for (const [i, { image, embedding, ...about }] of given.entries()) {
      const [found] = await collection.items([about.id]);
      expect(found).toEqual({
        ...about,
        key: put[i]!.key,
        path: (image as { path: string }).path,
        uploaded: false,
      });
      expect(found).toEqual(put[i]);
      expect(await collection.embeddings(["none", about.id])).toEqual([undefined, embedding]);
    }
    expect(await collection.items(["none"])).toEqual([]);
    expect(await collection.size()).toBe(2);
  });

  test("a replaced item has a higher key than any before; pages go by key", async () => {
    const before = await collection.put([item("a"), item("b"), item("c")]);
    const [again] = await collection.put([item("b", { label: "new" })]);
    expect(again!.key).toBeGreaterThan(before[2]!.key);
    expect(await collection.size()).toBe(3);
    expect((await collection.page(-1, 2)).map(({ id }) => id)).toEqual(["a", "c"]);
    expect((await collection.page(before[2]!.key, 2)).map(({ id, label }) => [id, label])).toEqual([
      ["b", "new"],
    ]);
    expect(await collection.remove(["b", "none"])).toBe(1);
    expect(await collection.remove(["b"])).toBe(0);
    const [later] = await collection.put([item("d")]);
    expect(later!.key).toBeGreaterThan(again!.key);
    expect(await collection.indexedIds()).toEqual(["a", "c", "d"]);
  });

  test("all of a put or none of it", async () => {
    await collection.put([item("a")]);
    const broken = { ...item("c"), label: null as unknown as string };
    await expect(
      collection.put([item("b"), item("a", { label: "new" }), broken]),
    ).rejects.toThrow();
    expect((await collection.page(-1, 10)).map(({ id, label }) => [id, label])).toEqual([
      ["a", "of a"],
    ]);
  });

  test("uploaded images are kept until their item goes; others stay where they are", async () => {
    const content = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
    const image = { content, name: "digest.png" };
    const [one] = await collection.put([item("a", { image }), item("b", { image })]);
    expect(one).toMatchObject({ uploaded: true, path: expect.stringMatching(/digest\.png$/) });
    expect(new Uint8Array((await collection.image(one!))!)).toEqual(content);
    expect(await collection.indexedIds()).toEqual([]);
    await collection.remove(["a"]);
    const [other] = await collection.items(["b"]);
    expect(new Uint8Array((await collection.image(other!))!)).toEqual(content);
    const path = join(folder, "mine.png");
    writeFileSync(path, "x");
    const [mine] = await collection.put([item("b", { image: { path } })]);
    expect(Buffer.from((await collection.image(mine!))!).toString()).toBe("x");
    await collection.remove(["b"]);
    expect(await collection.image(mine!)).toBeDefined();
    expect(await collection.image({ ...mine!, path: join(folder, "none.png") })).toBeUndefined();
  });

  test("filters go by label and by the metadata's values as text", async () => {
    await collection.put([
      item("a", { label: "x", metadata: { color: "red", size: 2, ripe: true } }),
      item("b", { label: "y", metadata: { color: "red", size: 10 } }),
      item("c", { label: "x", metadata: { color: "blue = sky", 'odd"name': "%", size: "2" } }),
      item("d", { label: "z" }),
    ]);
    const matching = async (labels: string[], metadata: Record<string, string>) => {
      const found = await collection.nearest(unit(), { k: 10, filter: { labels, metadata } });
      return found
        .map((each) => each.item.id)
        .sort()
        .join("");
    };
    expect(await matching([], {})).toBe("abcd");
    expect(await matching(["x", "z"], {})).toBe("acd");
    expect(await matching([], { color: "red" })).toBe("ab");
    expect(await matching(["x"], { color: "red" })).toBe("a");
    expect(await matching([], { size: "2" })).toBe("ac");
    expect(await matching([], { size: "2", ripe: "true" })).toBe("a");
    expect(await matching([], { size: "2.0" })).toBe("");
    expect(await matching([], { color: "blue = sky" })).toBe("c");
    expect(await matching([], { 'odd"name': "%" })).toBe("c");
    expect(await matching([], { ripe: "1" })).toBe("");
    expect(await matching(["'; DROP TABLE items --"], {})).toBe("");
  });

  test("another model is refused, or takes over with nothing left of the first", async () => {
    await collection.put([item("a")]);
    const second = { model: "second", dimension: 8 };
    await expect(storeInUse.open(folder, second, "serve")).rejects.toMatchObject({
      code: "mismatch",
      hint: "embed again with: npm run index",
    });
    const taken = await storeInUse.open(folder, second, "index");
    expect(await taken.size()).toBe(0);
    const refused = {
      code: "unavailable",
      message: "the gallery has been indexed with another model",
    };
    for (const call of [
      () => collection.put([item("b")]),
      () => collection.nearest(unit(), { k: 1 }),
      () => collection.nearest(unit(), { k: 1, filter: { labels: ["x"], metadata: {} } }),
    ]) {
      await expect(call()).rejects.toMatchObject(refused);
    }
    const embedding = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0);
    await taken.put([item("a", { embedding })]);
    expect((await taken.nearest(embedding, { k: 1 }))[0]).toMatchObject({
      item: { id: "a" },
      score: 1,
    });
    await expect(collection.remove(["a"])).rejects.toMatchObject(refused);
    await taken.close();
  });

  test("where nothing was indexed there is nothing to serve", async () => {
    await expect(storeInUse.open(`${folder}-none`, model, "serve")).rejects.toMatchObject({
      code: "bad-file",
      hint: "run: npm run index",
    });
  });

  test("changes at the same time do not undo one another", async () => {
    const other = store.isShared ? await storeInUse.open(folder, model, "serve") : collection;
    const ids = ["a", "b", "c", "d"];
    const rounds = Array.from({ length: 10 }, (_, round) => {
      const order = round % 2 ? ids : ids.toReversed();
      return (round % 3 ? collection : other).put(
        order.map((id) => item(id, { label: String(round) })),
      );
    });
    await Promise.all(rounds);
    const labels = (await collection.items(ids)).map(({ label }) => label);
    expect(labels).toHaveLength(4);
    expect(new Set(labels).size).toBe(1);
    expect(await collection.size()).toBe(4);
    if (other !== collection) await other.close();
  });

  test.runIf(store.isShared)("what one instance changes the other sees at once", async () => {
    const other = await storeInUse.open(folder, model, "serve");
    const one = item("a", { image: { content: Uint8Array.of(1, 2, 3), name: "x.png" } });
    await collection.put([one]);
    const [found] = await other.nearest(one.embedding, { k: 5 });
    expect(found!.item).toMatchObject({ id: "a", uploaded: true });
    expect(found!.score).toBeCloseTo(1, 6);
    expect(new Uint8Array((await other.image(found!.item))!)).toEqual(Uint8Array.of(1, 2, 3));
    await other.remove(["a"]);
    expect(await collection.nearest(one.embedding, { k: 5 })).toEqual([]);
    await other.close();
  });

  describe("a search", () => {
    const count = 5000;
    const next = units(5);
    const embeddings = Array.from({ length: count }, next);
    const query = next();
    const exact = embeddings
      .map((embedding, i) => ({ i, score: dot(embedding, query) }))
      .sort((a, b) => b.score - a.score);
    let filled: Collection;
    let place: string;
    beforeAll(async () => {
      place = mkdtempSync(join(tmpdir(), "plumage-search-"));
      filled = await storeInUse.open(place, model, "index");
      for (let start = 0; start < count; start += 2000) {
        await filled.put(
          embeddings.slice(start, start + 2000).map((embedding, at) => {
            const i = start + at;
            // The far half of all: by itself a graph would hardly ever meet these first.
            const metadata = {
              rare: i % 1000 === 0,
              far: dot(embedding, query) < exact[count / 10]!.score,
            };
            return item(String(i), { label: i % 2 ? "odd" : "even", metadata, embedding });
          }),
        );
      }
    }, 240_000);
    afterAll(async () => {
      await filled.close();
      rmSync(place, { recursive: true });
    });
    const idsOf = (some: readonly { i: number }[]) => some.map(({ i }) => String(i));

    test.each([
      [
        "0.1% of the items",
        { labels: [], metadata: { rare: "true" } },
        (i: number) => i % 1000 === 0,
      ],
      ["nine tenths, all of them far", { labels: [], metadata: { far: "true" } }, isFar],
      ["a half", { labels: ["odd"], metadata: {} }, (i: number) => i % 2 === 1],
      ["all", { labels: ["odd", "even"], metadata: {} }, () => true],
      ["none", { labels: ["prime"], metadata: {} }, () => false],
    ] as const)(
      "with a filter that lets %s through gives the true nearest of those",
      async (_, filter, matches) => {
        const found = await filled.nearest(query, { k: 10, filter });
        const expected = exact.filter(({ i }) => matches(i)).slice(0, 10);
        expect(found.map(({ item: { id } }) => id)).toEqual(idsOf(expected));
        for (const [i, { score }] of found.entries())
          expect(score).toBeCloseTo(expected[i]!.score, 5);
      },
    );
    function isFar(i: number): boolean {
      return exact.findIndex((each) => each.i === i) > count / 10;
    }

    test("with items left out and a lowest score", async () => {
      const best = exact.slice(0, 8);
      const wanted = {
        k: 10,
        minScore: best[5]!.score - 1e-6,
        except: new Set([String(best[1]!.i)]),
      };
      const found = await filled.nearest(query, wanted);
      expect(found.map(({ item: { id } }) => id)).toEqual(
        idsOf([0, 2, 3, 4, 5].map((at) => best[at]!)),
      );
    });

    test("by an embedding of its own finds every item first", async () => {
      for (let i = 0; i < count; i += 500) {
        const [first] = await filled.nearest(embeddings[i]!, { k: 3 });
        expect(first!.item.id).toBe(String(i));
      }
    });
  });
});
