import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  openGallery,
  type TestGallery,
  useStore,
  useTinyModel,
} from "../../../test/support/gallery.ts";
import { formOf, post, problemIn } from "../../../test/support/requests.ts";
import { stores } from "../../../test/support/stores.ts";
import { noise, noiseBytes } from "../../../test/support/tinyModel.ts";
import { addedItemsSchema, pageSchema } from "../schemas/items.ts";
import { resultsSchema } from "../schemas/search.ts";

const count = 6;
const manyKeys = (keys: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, i) => [`a${i}`, i])));
const longValues = (values: number) => Array.from({ length: values }, () => "x".repeat(1000));
const model = useTinyModel();

describe.each(stores)("$name", (store) => {
  const runningStore = useStore(store);
  let gallery: TestGallery;
  beforeEach(async () => {
    gallery = await openGallery(runningStore.open, model, count);
  });
  afterEach(() => gallery.close());

  const add = async (query: string, body: BodyInit) => {
    const answer = await post(gallery.app, `/items?${query}`, body);
    expect(answer.status).toBe(201);
    return addedItemsSchema.parse(await answer.json()).items;
  };
  const remove = (id: string) => gallery.app.request(`/items/${id}`, { method: "DELETE" });
  const nearest = async (seed: number, query = "") => {
    const answer = await post(gallery.app, `/search?k=1&${query}`, await noiseBytes(seed));
    return resultsSchema.parse(await answer.json()).results[0]!.id;
  };
  /** Files of the embedded store; PostgreSQL has uploads in a table. */
  const uploads = () => readdirSync(join(gallery.folder, "index", "uploads"));

  test("GET /items lists the gallery page by page", async () => {
    const ids: string[] = [];
    for (let after: number | null = -1; after !== null; ) {
      const answer = await gallery.app.request(`/items?after=${after}&limit=4`);
      const page = pageSchema.parse(await answer.json());
      expect(page.total).toBe(count);
      ids.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    expect(ids).toEqual(gallery.items.map(({ id }) => id));
  });

  test("GET /items limits a page's bytes, and misses nothing", async () => {
    const image = await noise(3);
    const metadata = { ...longValues(15) };
    for (const part of ["a", "b"]) {
      const items = Array.from({ length: 50 }, (_, i) => ({ id: `${part}${i}`, metadata }));
      const images = items.map(() => ["image", image] as const);
      const form = formOf(...images, ["items", JSON.stringify(items)]);
      expect((await post(gallery.app, "/items", form)).status).toBe(201);
    }
    const lengths: number[] = [];
    for (let after: number | null = -1; after !== null; ) {
      const answer = await gallery.app.request(`/items?after=${after}&limit=1000`);
      const text = await answer.text();
      expect(text.length).toBeLessThan(1.2e6);
      const page = pageSchema.parse(JSON.parse(text));
      lengths.push(page.items.length);
      after = page.next;
    }
    expect(lengths).toHaveLength(2);
    expect(lengths[0]! + lengths[1]!).toBe(count + 100);
  });

  describe("POST /items", () => {
    test("stores an image, which can be found and read", async () => {
      const image = await noiseBytes(1);
      const metadata = encodeURIComponent('{"place":"shore","year":2024}');
      expect(await add(`id=gull&label=bird&metadata=${metadata}`, image)).toMatchObject([
        { id: "gull", label: "bird", metadata: { place: "shore", year: 2024 } },
      ]);
      expect(await nearest(1)).toBe("gull");
      const stored = await gallery.app.request("/items/gull/image");
      expect(new Uint8Array(await stored.arrayBuffer())).toEqual(image);
      expect(stored.headers.get("content-type")).toBe("image/png");
      expect(await gallery.collection.size()).toBe(count + 1);
    });

    test("derives the id from the image, so adding it twice stores it once", async () => {
      const [first] = await add("", await noiseBytes(2));
      const [second] = await add("", await noiseBytes(2));
      expect(first!.id).toMatch(/^[0-9a-f]{32}$/);
      expect(second!.id).toBe(first!.id);
      expect(await gallery.collection.size()).toBe(count + 1);
      if (!store.isShared) expect(uploads()).toHaveLength(1);
    });

    test("takes several images in a form, each with its own fields", async () => {
      const items = JSON.stringify([{ id: "a", label: "x" }, { id: "b" }]);
      const form = formOf(["image", await noise(3)], ["image", await noise(4)], ["items", items]);
      expect(await add("", form)).toMatchObject([
        { id: "a", label: "x" },
        { id: "b", label: "unlabeled" },
      ]);
      expect(await nearest(3, "label=unlabeled")).toBe("b");
    });

    test("replaces an item with the same id, and deletes its old image", async () => {
      await add("id=a&label=old", await noiseBytes(5));
      await add("id=a&label=new", await noiseBytes(6));
      expect(await gallery.collection.size()).toBe(count + 1);
      if (!store.isShared) expect(uploads()).toHaveLength(1);
      expect((await gallery.collection.items(["a"]))[0]!.label).toBe("new");
      expect(await nearest(6)).toBe("a");
    });

    test("finds text in either Unicode form by a filter in either form", async () => {
      const forms = ["caf\u00e9", "cafe\u0301"];
      const metadata = forms.map((form) => JSON.stringify({ [form]: form }));
      for (const [i, form] of forms.entries())
        await add(`id=${i}&label=${form}&metadata=${metadata[i]}`, await noiseBytes(3 + i));
      for (const [i, form] of forms.entries()) {
        for (const query of [`label=${form}`, `where=${form}=${form}`])
          expect(await nearest(3 + i, query)).toBe(String(i));
      }
    });

    test("adds nothing if one of several images is unreadable", async () => {
      const form = formOf(["image", await noise(3)], ["image", Buffer.from("no image")]);
      expect((await post(gallery.app, "/items", form)).status).toBe(422);
      expect(await gallery.collection.size()).toBe(count);
    });

    test.each([
      ["id=../x", /^id: use up to 200 letters/],
      ["id=..", /^id: use more than dots/],
      ["label=", /^label: the label is empty/],
      ["metadata=x", /^metadata: this is not JSON/],
      ['metadata={"a":[1]}', /^metadata.a: /],
      [`metadata=${manyKeys(65)}`, /^metadata: use at most 64 keys$/],
      [`metadata=${JSON.stringify({ ...longValues(16) })}`, /^metadata: use at most 16 kB$/],
      [`items=[{"metadata":${manyKeys(65)}}]`, /^items.0.metadata: use at most 64 keys$/],
      ['items=[{"id":"a"},{"id":"b"}]', /^items: the list has 2 entries for 1 images/],
    ])("rejects %s", async (field, reason) => {
      const [name, value] = field.split(/=(.*)/s) as [string, string];
      const form = formOf(["image", await noise(3)], [name, value]);
      const answer = await post(gallery.app, "/items", form);
      expect(answer.status).toBe(400);
      expect((await problemIn(answer)).detail).toMatch(reason);
      expect(await gallery.collection.size()).toBe(count);
    });
  });

  test("DELETE /items/{id} deletes an item, but no file of an indexed one", async () => {
    await add("id=gull", await noiseBytes(1));
    await add("id=copy", await noiseBytes(1));
    for (const id of ["gull", "0"]) {
      const [item] = await gallery.collection.items([id]);
      expect((await remove(id)).status).toBe(204);
      expect((await gallery.app.request(`/items/${id}`)).status).toBe(404);
      expect((await remove(id)).status).toBe(404);
      const copy = await gallery.app.request("/items/copy/image");
      expect((await copy.arrayBuffer()).byteLength).toBe((await noise(1)).length);
      if (!item!.uploaded) expect(existsSync(item!.path)).toBe(true);
    }
    expect(await gallery.collection.size()).toBe(count);
    await remove("copy");
    if (!store.isShared) expect(uploads()).toEqual([]);
  });
});
