import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Item, PlumageError } from "@plumage/models";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestModel } from "../../test/support/context.ts";
import { useStore } from "../../test/support/gallery.ts";
import { stores } from "../../test/support/stores.ts";
import { noise, writeImage, writeItems, writeModel } from "../../test/support/tinyModel.ts";
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

  const index = (
    listed: readonly Item[],
    using: Pick<Model, "reader" | "embedder"> = model,
    stop = signal,
  ) => indexItems(collection, using, { items: listed, unread: [] }, stop);
  const ids = async () => (await collection.page(-1, 1000)).map(({ id }) => id);
  const embeddings = async () => {
    const indexed = await ids();
    const all = await collection.embeddings(indexed);
    return new Map(indexed.map((id, i) => [id, all[i]!]));
  };

  test("embeds new and changed items, and removes missing ones", async () => {
    expect(await index(items)).toEqual({
      embedded: count,
      unchanged: 0,
      removed: 0,
      skipped: [],
      kept: 0,
    });
    const before = await embeddings();
    const keys = (await collection.page(-1, 1000)).map(({ key }) => key);
    expect(await index(items)).toMatchObject({
      embedded: 0,
      unchanged: count,
    });
    expect((await collection.page(-1, 1000)).map(({ key }) => key)).toEqual(keys);

    await writeImage(items[3]!.path, 999);
    utimesSync(items[3]!.path, 1, 1);
    const [first, ...rest] = items;
    const relabeled = rest.map((item) => (item.id === "5" ? { ...item, label: "new" } : item));
    expect(await index(relabeled)).toEqual({
      embedded: 2,
      unchanged: count - 3,
      removed: 1,
      skipped: [],
      kept: 0,
    });
    const after = await embeddings();
    expect(after.has(first!.id)).toBe(false);
    expect(after.get("3")).not.toEqual(before.get("3"));
    expect(after.get("4")).toEqual(before.get("4"));
    expect((await collection.items(["5"]))[0]!.label).toBe("new");
  });

  test("records the real path, and opens nothing through a link that appears later", async () => {
    symlinkSync(join(folder, "images"), join(folder, "linked"));
    const linked = { ...items[1]!, path: join(folder, "linked", "1.png") };
    await index([linked]);
    expect((await index([linked]))!.unchanged).toBe(1);
    const [item] = await collection.items([linked.id]);
    expect(item!.path).toBe(realpathSync(items[1]!.path));
    await (await collection.image(item!))!.close();
    renameSync(join(folder, "images"), join(folder, "moved"));
    symlinkSync(join(folder, "moved"), join(folder, "images"));
    expect(await collection.image(item!)).toBeUndefined();
  });

  test("skips a pipe in the place of an image", async () => {
    rmSync(items[1]!.path);
    execFileSync("mkfifo", [items[1]!.path]);
    expect((await index(items))!.skipped).toMatchObject([
      { path: items[1]!.path, reason: "this is not a regular file" },
    ]);
  });

  test("skips unreadable images, and removes those that were indexed before", async () => {
    await index(items);
    unlinkSync(items[1]!.path);
    writeFileSync(items[2]!.path, "no image");
    const result = await index(items);
    expect(result).toMatchObject({ embedded: 0, unchanged: count - 2, removed: 2 });
    expect(result!.skipped.map(({ path }) => path)).toEqual([items[1]!.path, items[2]!.path]);
    expect(await collection.size()).toBe(count - 2);
  });

  test("keeps items whose files cannot be read now", async () => {
    await index(items);
    for (const { path } of items.slice(0, 2)) unlinkSync(path);
    symlinkSync("0.png", items[0]!.path);
    mkdirSync(items[1]!.path);
    expect(await index(items)).toMatchObject({
      embedded: 0,
      removed: 0,
      kept: 2,
      skipped: [
        { id: "0", reason: "the file cannot be read (ELOOP)" },
        { id: "1", reason: "this is not a regular file" },
      ],
    });
    expect(await collection.size()).toBe(count);
  });

  test("keeps what was indexed below a folder that cannot be read", async () => {
    await index(items);
    const listing = { items: items.slice(3), unread: [join(folder, "images"), join(folder, "i")] };
    const result = await indexItems(collection, model, listing, signal);
    expect(result).toMatchObject({ removed: 0, kept: 3, unchanged: count - 3 });
    expect(await index(items.slice(3))).toMatchObject({ removed: 3, kept: 0 });
  });

  test("removes nothing if no file exists, as without their drive", async () => {
    await index(items);
    renameSync(join(folder, "images"), join(folder, "elsewhere"));
    await expect(index(items)).rejects.toMatchObject({
      code: "bad-file",
      message: expect.stringMatching(/^none of the 40 images exists, such as /),
    });
    expect(await collection.size()).toBe(count);
  });

  test("removes nothing if the model fails", async () => {
    await index(items.slice(0, 3));
    const embedder: EmbedderService = {
      ...model.embedder,
      embed: () => Promise.reject(new PlumageError("unavailable", "the thread stopped")),
    };
    utimesSync(items[0]!.path, 1, 1);
    await expect(index(items, { reader: model.reader, embedder })).rejects.toThrow(/stopped/);
    expect(await collection.size()).toBe(3);
  });

  test("leaves an uploaded image alone that has the id of a file", async () => {
    const { pixels } = await model.reader.read(await noise(1));
    const { embedding } = await model.embedder.embed(pixels);
    const upload = { id: "1", label: "mine", box: undefined, source: undefined, metadata: {} };
    const image = { content: await noise(1), name: "one.png" };
    await collection.put([{ ...upload, bytes: 1, modified: 1, image, embedding }]);
    const result = await index(items);
    expect(result).toMatchObject({ embedded: count - 1, removed: 0, kept: 0 });
    expect(result!.skipped).toMatchObject([{ reason: "an uploaded image has the id 1" }]);
    expect((await collection.items(["1"]))[0]).toMatchObject({ label: "mine", uploaded: true });
  });

  test("embeds everything again with another model", async () => {
    await index(items);
    const before = await embeddings();
    await writeModel(join(models, "second"), 2);
    const second = await openTestModel(join(models, "second"));
    await collection.close();
    await expect(runningStore.open(folder, second.indexed, "serve")).rejects.toMatchObject({
      code: "mismatch",
    });
    collection = await runningStore.open(folder, second.indexed, "index");
    expect(await index(items, second)).toMatchObject({
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
    expect(await index(items, stopping, stop.signal)).toBeUndefined();
    const done = await collection.size();
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(count);
    expect(await index(items)).toMatchObject({
      embedded: count - done,
      unchanged: done,
    });
    expect(await collection.size()).toBe(count);
  });
});
