import { mkdtempSync, readFileSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeItems, writeModel, writePicture } from "../../test/tinyModel.ts";
import { Catalogue } from "../catalogue/catalogue.ts";
import { type Embedder, openEmbedder } from "../embedder/embedder.ts";
import { modelPixels } from "../picture.ts";
import { buildIndex, openIndex } from "../store/indexFile.ts";
import { indexItems } from "./indexItems.ts";
import { folderItems } from "./items.ts";

const count = 40;
const never = new AbortController().signal;
const embedderOptions = { threads: 1, maxBatch: 8, maxQueue: 64 };
let models: string;
let embedder: Embedder;
let folder: string;
let items: Item[];
let catalogue: Catalogue;

beforeAll(async () => {
  models = mkdtempSync(join(tmpdir(), "plumage-models-"));
  await writeModel(join(models, "first"));
  embedder = await openEmbedder(join(models, "first"), embedderOptions);
}, 60_000);
afterAll(async () => {
  await embedder.close();
  rmSync(models, { recursive: true });
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "plumage-index-"));
  items = await writeItems(folder, count);
  catalogue = new Catalogue(join(folder, "index", "catalogue.db"));
  catalogue.adopt(embedder.model);
});
afterEach(() => {
  catalogue.close();
  rmSync(folder, { recursive: true });
});

const embeddings = () =>
  new Map([...catalogue.embeddings()].map(({ key, embedding }) => [catalogue.byKey(key)!.id, embedding]));

describe("indexItems", () => {
  test("embeds what is new or changed, and removes what is gone", async () => {
    expect(await indexItems(catalogue, embedder, items, never)).toEqual({
      embedded: count,
      unchanged: 0,
      removed: 0,
      skipped: [],
    });
    const before = embeddings();
    const { revision } = catalogue;
    expect(await indexItems(catalogue, embedder, items, never)).toMatchObject({ embedded: 0, unchanged: count });
    expect(catalogue.revision).toBe(revision);

    await writePicture(items[3]!.path, 999);
    utimesSync(items[3]!.path, 1, 1);
    const [first, ...rest] = items;
    const relabelled = rest.map((item) => (item.id === "5" ? { ...item, label: "new" } : item));
    expect(await indexItems(catalogue, embedder, relabelled, never)).toEqual({
      embedded: 2,
      unchanged: count - 3,
      removed: 1,
      skipped: [],
    });
    const after = embeddings();
    expect(after.has(first!.id)).toBe(false);
    expect(after.get("3")).not.toEqual(before.get("3"));
    expect(after.get("4")).toEqual(before.get("4"));
    expect(catalogue.byId("5")!.label).toBe("new");
  });

  test("names what cannot be read and goes on; a picture that has become unreadable leaves the index", async () => {
    await indexItems(catalogue, embedder, items, never);
    unlinkSync(items[1]!.path);
    writeFileSync(items[2]!.path, "no picture");
    const result = await indexItems(catalogue, embedder, items, never);
    expect(result).toMatchObject({ embedded: 0, unchanged: count - 2, removed: 2 });
    expect(result!.skipped.map(({ path }) => path).sort()).toEqual([items[1]!.path, items[2]!.path]);
    expect(catalogue.size).toBe(count - 2);
  });

  test("with another model everything is embedded again", async () => {
    await indexItems(catalogue, embedder, items, never);
    const before = embeddings();
    await writeModel(join(models, "second"), 2);
    const second = await openEmbedder(join(models, "second"), embedderOptions);
    expect(catalogue.adopt(second.model)).toBe(true);
    expect(await indexItems(catalogue, second, items, never)).toMatchObject({ embedded: count, unchanged: 0 });
    const { pixels } = await modelPixels(readFileSync(items[3]!.path), second.manifest);
    const { embedding } = await second.embed(pixels);
    await second.close();
    const after = embeddings().get("3")!;
    for (const [at, value] of after.entries()) expect(value).toBeCloseTo(embedding[at]!, 5);
    expect(after).not.toEqual(before.get("3"));
  });

  test("stopped, it leaves whole items and goes on from there", async () => {
    const stop = new AbortController();
    const stopping: Embedder = {
      ...embedder,
      embed: (pixels) => {
        stop.abort();
        return embedder.embed(pixels);
      },
    };
    expect(await indexItems(catalogue, stopping, items, stop.signal)).toBeUndefined();
    const done = catalogue.size;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(count);
    expect(await indexItems(catalogue, embedder, items, never)).toMatchObject({
      embedded: count - done,
      unchanged: done,
    });
    expect(catalogue.size).toBe(count);
  });
});

describe("the index file", () => {
  const index = () => join(folder, "index");
  const open = async () => {
    const lines: string[] = [];
    const store = await openIndex(index(), catalogue, { dimension: 16, model: embedder.model }, (line) =>
      lines.push(line),
    );
    return { store, said: lines.join() };
  };
  /** Every item finds itself. */
  const expectWhole = async (store: Awaited<ReturnType<typeof open>>["store"]) => {
    expect(store.size).toBe(catalogue.size);
    for (const { key, embedding } of catalogue.embeddings()) expect(store.search(embedding, 1)[0]!.key).toBe(key);
  };
  beforeEach(async () => {
    await indexItems(catalogue, embedder, items, never);
    await buildIndex(index(), catalogue, { dimension: 16, model: embedder.model });
  });

  test("is loaded as it was written", async () => {
    const written = statSync(join(index(), "index.usearch")).mtimeMs;
    const { store, said } = await open();
    expect(said).toBe("");
    expect(statSync(join(index(), "index.usearch")).mtimeMs).toBe(written);
    await expectWhole(store);
  });

  test.each([
    ["damaged", () => damage(join(index(), "index.usearch")), /damaged/],
    ["cut off", () => writeFileSync(join(index(), "index.usearch"), "x"), /damaged/],
    ["gone", () => unlinkSync(join(index(), "index.usearch")), /missing or damaged/],
    ["without its sidecar", () => unlinkSync(join(index(), "index.json")), /missing or damaged/],
    ["beside a foreign sidecar", () => writeFileSync(join(index(), "index.json"), "{}"), /missing or damaged/],
    ["of another model", () => buildIndex(index(), catalogue, { dimension: 16, model: "another" }), /another model/],
    ["of newer items", () => catalogue.setMeta("revision", "1"), /newer than the catalogue/],
  ] as const)("%s, it is built again and says so", async (_, harm, reason) => {
    await harm();
    const { store, said } = await open();
    expect(said).toMatch(/built again from the catalogue/);
    expect(said).toMatch(reason);
    await expectWhole(store);
    expect((await open()).said).toBe("");
  });

  test("of older items, it is brought up to date", async () => {
    catalogue.put([replaced()]);
    catalogue.remove(["1", "2"]);
    catalogue.put([{ ...replaced(), id: "new" }]);
    catalogue.remove(["new"]);
    const { store, said } = await open();
    expect(said).toMatch(/up to date: 1 new/);
    await expectWhole(store);
  });

  /** One item with another's embedding: as many as before, but not the same. */
  const replaced = () => {
    const { key: _, ...item } = catalogue.byId("7")!;
    const embedding = new Float32Array(16);
    embedding[3] = 1;
    return { ...item, embedding };
  };
});

function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1]! ^= 0xff;
  writeFileSync(path, bytes);
}

describe("folderItems", () => {
  test("takes every picture below a folder, labelled by where it lies", async () => {
    const root = join(folder, "mine");
    for (const name of ["a/1.png", "a/b/2.JPG", "3.webp"]) await writePicture(join(root, name), 1);
    writeFileSync(join(root, "notes.txt"), "");
    expect((await folderItems(root)).map(({ id, label }) => [id, label])).toEqual([
      ["3.webp", "unlabelled"],
      ["a~1.png", "a"],
      ["a~b~2.JPG", "a/b"],
    ]);
  });

  test("a folder without pictures, or none at all, is an error that says so", async () => {
    await expect(folderItems(join(folder, "none"))).rejects.toMatchObject({ code: "bad-file" });
    await expect(folderItems(join(folder, "index"))).rejects.toThrow("holds no pictures");
  });
});
