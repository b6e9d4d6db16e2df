import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Model, openModel } from "../../test/support/context.ts";
import { type StoreInUse, stores } from "../../test/support/stores.ts";
import { writeImage, writeItems, writeModel } from "../../test/support/tinyModel.ts";
import type { Collection } from "../collection/collection.ts";
import type { Embedder } from "../embedder/embedder.ts";
import { indexItems } from "./indexItems.ts";
import { folderItems } from "./items.ts";

const count = 40;
const never = new AbortController().signal;
let models: string;
let model: Model;
let folder: string;

beforeAll(async () => {
  models = mkdtempSync(join(tmpdir(), "plumage-models-"));
  await writeModel(join(models, "first"));
  model = await openModel(join(models, "first"));
}, 60_000);
afterAll(async () => {
  await model.close();
  rmSync(models, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plumage-index-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.each(stores)("indexItems, $name", (store) => {
  let storeInUse: StoreInUse;
  let items: Item[];
  let collection: Collection;
  beforeAll(async () => {
    storeInUse = await store.start();
  }, 60_000);
  afterAll(() => storeInUse.stop());
  beforeEach(async () => {
    items = await writeItems(folder, count);
    collection = await storeInUse.open(folder, model.indexed, "index");
  });
  afterEach(() => collection.close());

  const embeddings = async () => {
    const ids = (await collection.page(-1, 1000)).map(({ id }) => id);
    const all = await collection.embeddings(ids);
    return new Map(ids.map((id, i) => [id, all[i]!]));
  };

  test("embeds what is new or changed, and removes what is gone", async () => {
    expect(await indexItems(collection, model, items, never)).toEqual({
      embedded: count,
      unchanged: 0,
      removed: 0,
      skipped: [],
    });
    const before = await embeddings();
    const keys = (await collection.page(-1, 1000)).map(({ key }) => key);
    expect(await indexItems(collection, model, items, never)).toMatchObject({
      embedded: 0,
      unchanged: count,
    });
    expect((await collection.page(-1, 1000)).map(({ key }) => key)).toEqual(keys);

    await writeImage(items[3]!.path, 999);
    utimesSync(items[3]!.path, 1, 1);
    const [first, ...rest] = items;
    const relabeled = rest.map((item) => (item.id === "5" ? { ...item, label: "new" } : item));
    expect(await indexItems(collection, model, relabeled, never)).toEqual({
      embedded: 2,
      unchanged: count - 3,
      removed: 1,
      skipped: [],
    });
    const after = await embeddings();
    expect(after.has(first!.id)).toBe(false);
    expect(after.get("3")).not.toEqual(before.get("3"));
    expect(after.get("4")).toEqual(before.get("4"));
    expect((await collection.items(["5"]))[0]!.label).toBe("new");
  });

  test("names what cannot be read and goes on; an image that has become unreadable leaves the index", async () => {
    await indexItems(collection, model, items, never);
    unlinkSync(items[1]!.path);
    writeFileSync(items[2]!.path, "no image");
    const result = await indexItems(collection, model, items, never);
    expect(result).toMatchObject({ embedded: 0, unchanged: count - 2, removed: 2 });
    expect(result!.skipped.map(({ path }) => path).sort()).toEqual([
      items[1]!.path,
      items[2]!.path,
    ]);
    expect(await collection.size()).toBe(count - 2);
  });

  test("with another model everything is embedded again", async () => {
    await indexItems(collection, model, items, never);
    const before = await embeddings();
    await writeModel(join(models, "second"), 2);
    const second = await openModel(join(models, "second"));
    await collection.close();
    await expect(storeInUse.open(folder, second.indexed, "serve")).rejects.toMatchObject({
      code: "mismatch",
    });
    collection = await storeInUse.open(folder, second.indexed, "index");
    expect(await indexItems(collection, second, items, never)).toMatchObject({
      embedded: count,
      unchanged: 0,
    });
    const { pixels } = await second.reader.read(readFileSync(items[3]!.path));
    const { embedding } = await second.embedder.embed(pixels);
    await second.close();
    const after = (await embeddings()).get("3")!;
    for (const [at, value] of after.entries()) expect(value).toBeCloseTo(embedding[at]!, 5);
    expect(after).not.toEqual(before.get("3"));
  });

  test("stopped, it leaves whole items and goes on from there", async () => {
    const stop = new AbortController();
    const stopping: Embedder = {
      ...model.embedder,
      embed: (pixels) => {
        stop.abort();
        return model.embedder.embed(pixels);
      },
    };
    expect(
      await indexItems(
        collection,
        { embedder: stopping, reader: model.reader },
        items,
        stop.signal,
      ),
    ).toBeUndefined();
    const done = await collection.size();
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(count);
    expect(await indexItems(collection, model, items, never)).toMatchObject({
      embedded: count - done,
      unchanged: done,
    });
    expect(await collection.size()).toBe(count);
  });
});

describe("folderItems", () => {
  test("takes every image below a folder, labeled by where it lies", async () => {
    const root = join(folder, "mine");
    for (const name of ["a/1.png", "a/b/2.JPG", "3.webp"]) await writeImage(join(root, name), 1);
    writeFileSync(join(root, "notes.txt"), "");
    expect((await folderItems(root)).map(({ id, label }) => [id, label])).toEqual([
      ["3.webp", "unlabeled"],
      ["a~1.png", "a"],
      ["a~b~2.JPG", "a/b"],
    ]);
  });

  test("a folder without images, or none at all, is an error that says so", async () => {
    await expect(folderItems(join(folder, "none"))).rejects.toMatchObject({ code: "bad-file" });
    mkdirSync(join(folder, "empty"));
    await expect(folderItems(join(folder, "empty"))).rejects.toThrow("holds no images");
  });
});
