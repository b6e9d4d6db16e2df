/** The contract of a collection, which every store must fulfill. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentOf } from "../../test/support/contentOf.ts";
import { useStore } from "../../test/support/gallery.ts";
import { stores } from "../../test/support/stores.ts";
import { unitVectors } from "../../test/support/vectors.ts";
import type { Collection } from "../collection/collection.ts";
import type { NewItem } from "../collection/item.ts";

const dimension = 24;
const model = { sha256: "first", dimension };
const unit = unitVectors(dimension, 1);

const newItem = (id: string, fields: Partial<NewItem> = {}): NewItem => ({
  id,
  label: `of ${id}`,
  image: { path: `/${id}.png` },
  box: undefined,
  source: undefined,
  metadata: {},
  bytes: 7,
  modified: 1.5,
  embedding: unit(),
  ...fields,
});

describe.each(stores)("$name", (store) => {
  const runningStore = useStore(store);
  let folder: string;
  let collection: Collection;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-collection-"));
    collection = await runningStore.open(folder, model, "index");
  });
  afterEach(async () => {
    await collection.close();
    rmSync(folder, { recursive: true });
  });

  test("stores items and embeddings exactly, across a restart", async () => {
    const box = { x: 1, y: 2, width: 3.5, height: 4 };
    const given = [
      newItem("a", {
        box,
        source: "s",
        metadata: { place: 'sh"ore', year: 2024, ripe: true, share: 0.1 },
      }),
      newItem("ü/ö \u{1f426}"),
    ];
    const put = await collection.put(given);
    await collection.close();
    collection = await runningStore.open(folder, model, "serve");
    for (const [i, { image, embedding, ...fields }] of given.entries()) {
      const [found] = await collection.items([fields.id]);
      expect(found).toEqual({
        ...fields,
        key: put[i]!.key,
        path: (image as { path: string }).path,
        uploaded: false,
      });
      expect(found).toEqual(put[i]);
      expect(await collection.embeddings(["none", fields.id])).toEqual([undefined, embedding]);
    }
    expect(await collection.items(["none"])).toEqual([]);
    expect(await collection.size()).toBe(2);
  });

  test("never reuses a key, and pages in the order of keys", async () => {
    const before = await collection.put([newItem("a"), newItem("b"), newItem("c")]);
    const [replaced] = await collection.put([newItem("b", { label: "new" })]);
    expect(replaced!.key).toBeGreaterThan(before[2]!.key);
    expect(await collection.size()).toBe(3);
    expect((await collection.page(-1, 2)).map(({ id }) => id)).toEqual(["a", "c"]);
    expect((await collection.page(before[2]!.key, 2)).map(({ id, label }) => [id, label])).toEqual([
      ["b", "new"],
    ]);
    expect(await collection.remove(["b", "none"])).toBe(1);
    expect(await collection.remove(["b"])).toBe(0);
    const [later] = await collection.put([newItem("d")]);
    expect(later!.key).toBeGreaterThan(replaced!.key);
    expect(await collection.indexedIds()).toEqual(["a", "c", "d"]);
  });

  test("puts all items or none", async () => {
    await collection.put([newItem("a")]);
    const invalid = { ...newItem("c"), label: null as unknown as string };
    await expect(
      collection.put([newItem("b"), newItem("a", { label: "new" }), invalid]),
    ).rejects.toThrow();
    expect((await collection.page(-1, 10)).map(({ id, label }) => [id, label])).toEqual([
      ["a", "of a"],
    ]);
  });

  test("deletes an uploaded image with its last item, and never deletes other files", async () => {
    const content = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
    const image = { content, name: "digest.png" };
    const [first] = await collection.put([newItem("a", { image }), newItem("b", { image })]);
    expect(first).toMatchObject({ uploaded: true, path: expect.stringMatching(/digest\.png$/) });
    expect(await contentOf(collection, first!)).toEqual(content);
    expect(await collection.indexedIds()).toEqual([]);
    await collection.remove(["a"]);
    const [second] = await collection.items(["b"]);
    expect(await contentOf(collection, second!)).toEqual(content);
    const path = join(folder, "own.png");
    writeFileSync(path, "x");
    const [own] = await collection.put([newItem("b", { image: { path } })]);
    expect(Buffer.from(await contentOf(collection, own!)).toString()).toBe("x");
    await collection.remove(["b"]);
    expect(await contentOf(collection, own!)).toHaveLength(1);
    expect(await collection.image({ ...own!, path: join(folder, "none.png") })).toBeUndefined();
  });

  test("leaves uploaded items alone on request", async () => {
    const image = { content: Uint8Array.of(1, 2, 3), name: "digest.png" };
    const [upload] = await collection.put([newItem("a", { image })]);
    const put = await collection.put([newItem("a"), newItem("b")], { keepUploads: true });
    expect(put.map(({ id }) => id)).toEqual(["b"]);
    expect(await collection.remove(["a", "b"], { keepUploads: true })).toBe(1);
    expect(await collection.items(["a"])).toEqual([upload]);
    expect(await contentOf(collection, upload!)).toEqual(image.content);
  });

  test("reads an uploaded image in parts, and not one that has replaced it", async () => {
    const content = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
    const put = async (name: string) => {
      const image = { content, name: `${name}.png` };
      return (await collection.put([newItem("a", { image })]))[0]!;
    };
    const first = (await collection.image(await put("first")))!;
    expect([first.bytes, first.tag]).toEqual([5000, "first"]);
    expect(Uint8Array.from(await first.read(10, 3))).toEqual(content.subarray(10, 13));
    expect(await first.read(4999, 10)).toHaveLength(1);
    const item = (await collection.items(["a"]))[0]!;
    await first.close();
    await put("second");
    expect(await collection.image(item)).toBeUndefined();
  });

  test("filters by label, and by metadata values as text", async () => {
    await collection.put([
      newItem("a", { label: "x", metadata: { color: "red", size: 2, ripe: true } }),
      newItem("b", { label: "y", metadata: { color: "red", size: 10 } }),
      newItem("c", { label: "x", metadata: { color: "blue = sky", 'odd"name': "%", size: "2" } }),
      newItem("d", { label: "z" }),
    ]);
    const matching = async (labels: string[], metadata: Record<string, string>) => {
      const found = await collection.nearest(unit(), { k: 10, filter: { labels, metadata } });
      const ids = found.map(({ item }) => item.id);
      return ids.sort().join("");
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

  test.runIf(store.isShared)("rejects another model, except to index", async () => {
    await collection.put([newItem("a")]);
    const second = { sha256: "second", dimension: 8 };
    await expect(runningStore.open(folder, second, "serve")).rejects.toMatchObject({
      code: "mismatch",
      hint: "embed again with: npm run index",
    });
    const reindexed = await runningStore.open(folder, second, "index");
    expect(await reindexed.size()).toBe(0);
    const rejection = {
      code: "unavailable",
      message: "the gallery has been reindexed with another model",
    };
    for (const call of [
      () => collection.put([newItem("b")]),
      () => collection.nearest(unit(), { k: 1 }),
      () => collection.nearest(unit(), { k: 1, filter: { labels: ["x"], metadata: {} } }),
    ]) {
      await expect(call()).rejects.toMatchObject(rejection);
    }
    const embedding = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0);
    await reindexed.put([newItem("a", { embedding })]);
    expect((await reindexed.nearest(embedding, { k: 1 }))[0]).toMatchObject({
      item: { id: "a" },
      score: 1,
    });
    await expect(collection.remove(["a"])).rejects.toMatchObject(rejection);
    await reindexed.close();
  });

  test("keeps uploads for another model, with their embeddings made anew", async () => {
    const upload = (id: string, ...bytes: number[]) =>
      newItem(id, { image: { content: Uint8Array.from(bytes), name: `${id}.png` } });
    await collection.put([newItem("a"), upload("b", 1, 2, 3), upload("gone", 4)]);
    await collection.close();
    const second = { sha256: "second", dimension: 8 };
    await expect(runningStore.open(folder, second, "index")).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/^the uploaded image \w+ has not been embedded with this/),
    });
    const before = await runningStore.open(folder, model, "serve");
    expect(await before.size()).toBe(3);
    await before.close();

    const embedding = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0);
    collection = await runningStore.open(folder, second, "index", async (items, read) => {
      const contents = await Promise.all(items.map(read));
      expect(contents.map((content) => [...content!])).toEqual([[1, 2, 3], [4]]);
      return new Map(items.map(({ id, key }) => [key, id === "gone" ? undefined : embedding]));
    });
    expect(await collection.size()).toBe(1);
    const [found] = await collection.nearest(embedding, { k: 5 });
    expect(found).toMatchObject({ item: { id: "b", label: "of b", uploaded: true }, score: 1 });
    expect(await contentOf(collection, found!.item)).toEqual(Uint8Array.of(1, 2, 3));
    expect(await collection.remove(["b"])).toBe(1);
  });

  test("has another revision in each state, for every instance and across a restart", async () => {
    const seen = new Set<string>();
    const expectNew = async () => {
      const revision = await collection.revision();
      expect(await collection.revision()).toBe(revision);
      expect(seen).not.toContain(revision);
      seen.add(revision);
    };
    await expectNew();
    await collection.put([newItem("a"), newItem("b"), newItem("c")]);
    await expectNew();
    await collection.put([newItem("b")]);
    await expectNew();
    await collection.remove(["a"]);
    await expectNew();
    await collection.put([newItem("a")]);
    await expectNew();
    await collection.close();
    collection = await runningStore.open(folder, model, "serve");
    expect(await collection.revision()).toBe([...seen].at(-1));
  });

  test("refuses to serve a gallery that was never indexed", async () => {
    await expect(runningStore.open(`${folder}-none`, model, "serve")).rejects.toMatchObject({
      code: "bad-file",
      hint: "run: npm run index",
    });
  });

  test("applies each of several concurrent changes completely", async () => {
    const other = store.isShared ? await runningStore.open(folder, model, "serve") : collection;
    const ids = ["a", "b", "c", "d"];
    const changes = Array.from({ length: 10 }, (_, round) => {
      const order = round % 2 ? ids : ids.toReversed();
      return (round % 3 ? collection : other).put(
        order.map((id) => newItem(id, { label: String(round) })),
      );
    });
    await Promise.all(changes);
    const labels = (await collection.items(ids)).map(({ label }) => label);
    expect(labels).toHaveLength(4);
    expect(new Set(labels).size).toBe(1);
    expect(await collection.size()).toBe(4);
    if (other !== collection) await other.close();
  });

  test.runIf(store.isShared)("shows one instance's changes to another at once", async () => {
    const other = await runningStore.open(folder, model, "serve");
    const item = newItem("a", { image: { content: Uint8Array.of(1, 2, 3), name: "x.png" } });
    await collection.put([item]);
    const [found] = await other.nearest(item.embedding, { k: 5 });
    expect(found!.item).toMatchObject({ id: "a", uploaded: true });
    expect(found!.score).toBeCloseTo(1, 6);
    expect(await contentOf(other, found!.item)).toEqual(Uint8Array.of(1, 2, 3));
    await other.remove(["a"]);
    expect(await collection.nearest(item.embedding, { k: 5 })).toEqual([]);
    await other.close();
  });
});
