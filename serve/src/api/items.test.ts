import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { contextOf, type Model, openModel } from "../../test/support/context.ts";
import { type StoreInUse, stores } from "../../test/support/stores.ts";
import { noise, writeItems, writeModel } from "../../test/support/tinyModel.ts";
import type { Collection } from "../collection/collection.ts";
import { indexItems } from "../indexing/indexItems.ts";
import { createApp } from "./app.ts";
import { problemSchema } from "./problems/problem.ts";
import { addedSchema, resultsSchema, searchSchema } from "./schemas.ts";

const count = 6;
let models: string;
let model: Model;
let storeInUse: StoreInUse;
let folder: string;
let collection: Collection;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  models = mkdtempSync(join(tmpdir(), "plumage-models-"));
  await writeModel(models);
  model = await openModel(models);
}, 60_000);
afterAll(async () => {
  await model.close();
  rmSync(models, { recursive: true });
});
/** Images that the embedded store keeps; PostgreSQL's go with their rows. */
const uploads = () => readdirSync(join(folder, "index", "uploads"));
const form = (entries: readonly (readonly [string, string | Buffer])[]) => {
  const data = new FormData();
  for (const [name, value] of entries)
    data.append(name, typeof value === "string" ? value : new Blob([new Uint8Array(value)]));
  return data;
};
const post = (path: string, body: BodyInit | null, headers: Record<string, string> = {}) =>
  app.request(path, { method: "POST", body, headers });
const results = async (answer: Response | Promise<Response>) =>
  resultsSchema.parse(await (await answer).json()).results.map(({ id }) => id);
const detail = async (answer: Response) => problemSchema.parse(await answer.json()).detail;

describe.each(stores)("$name", (store) => {
  beforeAll(async () => {
    storeInUse = await store.start();
  }, 60_000);
  afterAll(() => storeInUse.stop());
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-items-"));
    collection = await storeInUse.open(folder, model.indexed, "index");
    await indexItems(
      collection,
      model,
      await writeItems(folder, count),
      new AbortController().signal,
    );
    app = createApp(contextOf(model, collection));
  }, 60_000);
  afterEach(async () => {
    await collection.close();
    rmSync(folder, { recursive: true });
  });

  describe("POST /items", () => {
    test("an image as the body is kept, found and shown", async () => {
      const image = new Uint8Array(await noise(1));
      const metadata = encodeURIComponent('{"place":"shore","year":2024}');
      const answer = await post(`/items?id=gull&label=bird&metadata=${metadata}`, image);
      expect(answer.status).toBe(201);
      const { items } = addedSchema.parse(await answer.json());
      expect(items).toMatchObject([
        { id: "gull", label: "bird", metadata: { place: "shore", year: 2024 } },
      ]);
      expect(await results(post("/search?k=1", image))).toEqual(["gull"]);
      const stored = await app.request("/items/gull/image");
      expect(new Uint8Array(await stored.arrayBuffer())).toEqual(image);
      expect(stored.headers.get("content-type")).toBe("image/png");
      expect(await collection.size()).toBe(count + 1);
    });

    test("without an id it is called by its digest, and sent twice it is there once", async () => {
      const image = new Uint8Array(await noise(2));
      const ids = [];
      for (let i = 0; i < 2; i++)
        ids.push(addedSchema.parse(await (await post("/items", image)).json()).items[0]!.id);
      expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
      expect(ids[1]).toBe(ids[0]);
      expect(await collection.size()).toBe(count + 1);
      if (!store.isShared) expect(uploads()).toHaveLength(1);
    });

    test("several in a form, each with its own words", async () => {
      const items = JSON.stringify([{ id: "a", label: "x" }, { id: "b" }]);
      const body = form([
        ["image", await noise(3)],
        ["image", await noise(4)],
        ["items", items],
      ]);
      const added = addedSchema.parse(await (await post("/items", body)).json());
      expect(added.items).toMatchObject([
        { id: "a", label: "x" },
        { id: "b", label: "unlabeled" },
      ]);
      expect(
        await results(post("/search?k=1&label=unlabeled", new Uint8Array(await noise(3)))),
      ).toEqual(["b"]);
    });

    test("an item of a known id is replaced, and its old image goes", async () => {
      await post("/items?id=a&label=old", new Uint8Array(await noise(5)));
      await post("/items?id=a&label=new", new Uint8Array(await noise(6)));
      expect(await collection.size()).toBe(count + 1);
      if (!store.isShared) expect(uploads()).toHaveLength(1);
      expect((await collection.items(["a"]))[0]!.label).toBe("new");
      expect(await results(post("/search?k=1", new Uint8Array(await noise(6))))).toEqual(["a"]);
    });

    test("one unreadable image among several, and none is added", async () => {
      const body = form([
        ["image", await noise(3)],
        ["image", Buffer.from("no image")],
      ]);
      expect((await post("/items", body)).status).toBe(422);
      expect(await collection.size()).toBe(count);
    });

    test.each([
      ["id=../x", /^id: use up to 200 letters/],
      ["id=..", /^id: dots alone/],
      ["label=", /^label: the label is empty/],
      ["metadata=x", /^metadata: this is not JSON/],
      ['metadata={"a":[1]}', /^metadata.a: /],
      ['items=[{"id":"a"},{"id":"b"}]', /^items: 2 are named, and 1 images/],
    ])("%s is refused", async (words, reason) => {
      const [name, value] = words.split(/=(.*)/s) as [string, string];
      const answer = await post(
        "/items",
        form([
          ["image", await noise(3)],
          [name, value],
        ]),
      );
      expect(answer.status).toBe(400);
      expect(await detail(answer)).toMatch(reason);
      expect(await collection.size()).toBe(count);
    });
  });

  test("DELETE takes an item out of everything; the image of an indexed one stays on disk", async () => {
    const image = new Uint8Array(await noise(1));
    await post("/items?id=gull", image);
    await post("/items?id=copy", image);
    for (const id of ["gull", "0"]) {
      const [item] = await collection.items([id]);
      expect((await app.request(`/items/${id}`, { method: "DELETE" })).status).toBe(204);
      expect((await app.request(`/items/${id}`)).status).toBe(404);
      expect((await app.request(`/items/${id}`, { method: "DELETE" })).status).toBe(404);
      if (item!.uploaded) expect((await app.request("/items/copy/image")).status).toBe(200);
      else expect(existsSync(item!.path)).toBe(true);
    }
    expect(await collection.size()).toBe(count);
    await app.request("/items/copy", { method: "DELETE" });
    if (!store.isShared) expect(uploads()).toEqual([]);
  });

  test.skipIf(store.isShared)("files that no item names are gone after a start", async () => {
    await post("/items?id=gull", new Uint8Array(await noise(1)));
    const kept = uploads();
    writeFileSync(join(folder, "index", "uploads", "half.png"), "x");
    await (await storeInUse.open(folder, model.indexed, "serve")).close();
    expect(uploads()).toEqual(kept);
  });

  describe("examples", () => {
    test("GET /items/{id}/similar is a search by the item's image without itself", async () => {
      const like = await results(app.request("/items/2/similar?k=3"));
      expect(like).toHaveLength(3);
      expect(like).not.toContain("2");
      const byImage = await results(post("/search?k=4", new Uint8Array(await noise(102))));
      expect(byImage).toEqual(["2", ...like]);
      expect(await results(post("/search?k=3&like=2", null))).toEqual(like);
    });

    test("images and items that are more or less like what is meant move the query", async () => {
      const scores = async (answer: Response | Promise<Response>) =>
        new Map(
          searchSchema
            .parse(await (await answer).json())
            .results.map(({ id, score }) => [id, score]),
        );
      const image = new Uint8Array(await noise(7));
      const alone = await scores(post("/search", image));
      const nearer = await scores(
        post(
          "/search",
          form([
            ["image", Buffer.from(image)],
            ["image", await noise(103)],
          ]),
        ),
      );
      const farther = await scores(
        post(
          "/search",
          form([
            ["image", Buffer.from(image)],
            ["negative", await noise(103)],
          ]),
        ),
      );
      expect(nearer.get("3")!).toBeGreaterThan(alone.get("3")!);
      expect(farther.get("3")!).toBeLessThan(alone.get("3")!);
      const byId = await scores(post("/search?like=3", image));
      for (const [id, score] of byId) expect(score).toBeCloseTo(nearer.get(id)!, 5);
      expect(byId.has("3")).toBe(false);
    });

    test("a box is the part that counts", async () => {
      const whole = await results(post("/search?k=6", new Uint8Array(await noise(7))));
      expect(
        await results(post("/search?k=6&box=0,0,40,30", new Uint8Array(await noise(7)))),
      ).toEqual(whole);
      const part = await post("/search?k=6&box=0,0,9,9", new Uint8Array(await noise(7)));
      expect(searchSchema.parse(await part.json()).results[0]!.score).toBeLessThan(0.9999);
      expect(await detail(await post("/search?box=1,2", new Uint8Array(await noise(7))))).toBe(
        "box: write x,y,width,height in pixels",
      );
    });

    test.each(["/search?like=none", "/search?unlike=none&like=0", "/items/none/similar"])(
      "%s is not there",
      async (path) => {
        const answer = await app.request(path, {
          method: path.startsWith("/items") ? "GET" : "POST",
        });
        expect(answer.status).toBe(404);
      },
    );
  });

  describe("the token", () => {
    const guarded = (protect: "writes" | "everything", token?: string) =>
      createApp(contextOf(model, collection, { token, protect, origins: ["https://a.example"] }));
    const removal = (authorization?: string) => ({
      method: "DELETE",
      headers: authorization ? { authorization } : {},
    });

    test("is asked for where it is wanted, and opens", async () => {
      app = guarded("writes", "secret");
      expect((await app.request("/items/1")).status).toBe(200);
      for (const wrong of [undefined, "Bearer", "Bearer other", "Basic secret"]) {
        const answer = await app.request("/items/1", removal(wrong));
        expect(answer.status).toBe(401);
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
      expect((await app.request("/items/1", removal("Bearer secret"))).status).toBe(204);
      app = guarded("everything", "secret");
      expect((await app.request("/items/2")).status).toBe(401);
      expect((await app.request("/metrics")).status).toBe(401);
      expect((await app.request("/healthz")).status).toBe(200);
      expect(
        (await app.request("/items/2", { headers: { authorization: "Bearer secret" } })).status,
      ).toBe(200);
    });

    test("that nobody knows lets nobody write", async () => {
      app = guarded("writes");
      expect((await app.request("/items/1", removal("Bearer x"))).status).toBe(403);
      expect((await app.request("/items/1")).status).toBe(200);
    });

    test("other origins read only what they may", async () => {
      app = guarded("writes");
      for (const [origin, allowed] of [
        ["https://a.example", "https://a.example"],
        ["https://b.example", null],
        ["http://localhost:5173", "http://localhost:5173"],
      ] as const) {
        const answer = await app.request("/items", { headers: { origin } });
        expect(answer.headers.get("access-control-allow-origin")).toBe(allowed);
      }
    });
  });

  test("/metrics counts requests by route, and /docs tells all of them", async () => {
    await post("/search", new Uint8Array(await noise(1)));
    await app.request("/items/1");
    const text = await (await app.request("/metrics")).text();
    expect(text).toMatch(
      /plumage_request_seconds_count\{method="GET",route="\/items\/:id",status="200"\} 1/,
    );
    expect(text).toMatch(/plumage_search_stage_seconds_count\{stage="embed"\} 1/);
    expect(text).toMatch(/plumage_index_items 6/);
    const page = await (await app.request("/docs")).text();
    const { paths } = (await (await app.request("/openapi.json")).json()) as {
      paths: Record<string, object>;
    };
    for (const [path, methods] of Object.entries(paths)) {
      for (const method of Object.keys(methods))
        expect(page).toContain(`${method.toUpperCase()} ${path}<`);
    }
  });
});
