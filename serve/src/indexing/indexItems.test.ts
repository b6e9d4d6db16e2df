import { mkdtempSync, readFileSync, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Item } from "@plumage/models";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestModel } from "../../test/support/context.ts";
import { useStore } from "../../test/support/gallery.ts";
import { stores } from "../../test/support/stores.ts";
import { writeImage, writeItems, writeModel } from "../../test/support/tinyModel.ts";
import type { Collection } from "../collection/collection.ts";
import type { EmbedderService } from "../embedder/embedderService.ts";
import type { Model } from "../embedder/model.ts";
import { indexItems } from "./indexItems.ts";

const count = 40;
const { signal } = new AbortController();
let models: string;
let model: Model;

beforeAll(async () => {
  models = mkdtempSync(join(tmpdir(), "plumage-models-"));
  await writeModel(join(models, "first"));
  model = await openTestModel(join(models, "first"));
});
afterAll(async () => {
  await model.close();
  rmSync(models, { recursive: true });
});

describe.each(stores)("$name", (store) => {
  const runningStore = useStore(store);
  let folder: string;
  let items: Item[];
  let collection: Collection;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-index-"));
    items = await writeItems(folder, count);
    collection = await runningStore.open(folder, model.indexed, "index");
  });
  afterEach(async () => {
    await collection.close();
    rmSync(folder, { recursive: true });
  });

  const embeddings = async () => {
    const ids = (await collection.page(-1, 1000)).map(({ id }) => id);
    const all = await collection.embeddings(ids);
    return new Map(ids.map((id, i) => [id, all[i]!]));
  };

  test("embeds new and changed items, and removes missing ones", async () => {
    expect(await indexItems(collection, model, items, signal)).toEqual({
      embedded: count,
      unchanged: 0,
      removed: 0,
      skipped: [],
    });
    const before = await embeddings();
    const keys = (await collection.page(-1, 1000)).map(({ key }) => key);
    expect(await indexItems(collection, model, items, signal)).toMatchObject({
      embedded: 0,
      unchanged: count,
    });
    expect((await collection.page(-1, 1000)).map(({ key }) => key)).toEqual(keys);

    await writeImage(items[3]!.path, 999);
    utimesSync(items[3]!.path, 1, 1);
    const [first, ...rest] = items;
    const relabeled = rest.map((item) => (item.id === "5" ? { ...item, label: "new" } : item));
    expect(await indexItems(collection, model, relabeled, signal)).toEqual({
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

  test("skips unreadable images, and removes those that were indexed before", async () => {
    await indexItems(collection, model, items, signal);
    unlinkSync(items[1]!.path);
    writeFileSync(items[2]!.path, "no image");
    const result = await indexItems(collection, model, items, signal);
    expect(result).toMatchObject({ embedded: 0, unchanged: count - 2, removed: 2 });
    expect(result!.skipped.map(({ path }) => path)).toEqual([items[1]!.path, items[2]!.path]);
    expect(await collection.size()).toBe(count - 2);
  });

  test("embeds everything again with another model", async () => {
    await indexItems(collection, model, items, signal);
    const before = await embeddings();
    await writeModel(join(models, "second"), 2);
    const second = await openTestModel(join(models, "second"));
    await collection.close();
    await expect(runningStore.open(folder, second.indexed, "serve")).rejects.toMatchObject({
      code: "mismatch",
    });
    collection = await runningStore.open(folder, second.indexed, "index");
    expect(await indexItems(collection, second, items, signal)).toMatchObject({
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

  test("leaves complete items when stopped, and continues from there", async () => {
    const stop = new AbortController();
    const embedder: EmbedderService = {
      ...model.embedder,
      embed: (pixels) => {
        stop.abort();
        return model.embedder.embed(pixels);
      },
    };
    const stopping = { embedder, reader: model.reader };
    expect(await indexItems(collection, stopping, items, stop.signal)).toBeUndefined();
    const done = await collection.size();
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(count);
    expect(await indexItems(collection, model, items, signal)).toMatchObject({
      embedded: count - done,
      unchanged: done,
    });
    expect(await collection.size()).toBe(count);
  });
});
