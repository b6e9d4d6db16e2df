import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cropAndResize, dot, type Item } from "@plumage/models";
import { decodeImage, sha256 } from "@plumage/models/node";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contextOf, type Model, openModel } from "../../test/support/context.ts";
import { type StoreInUse, stores } from "../../test/support/stores.ts";
import { noise, writeItems, writeModel } from "../../test/support/tinyModel.ts";
import type { Collection } from "../collection/collection.ts";
import { indexItems } from "../indexing/indexItems.ts";
import { createApp } from "./app.ts";
import { problemSchema } from "./problems/problem.ts";
import { embeddingSchema, pageSchema, searchSchema } from "./schemas.ts";

const count = 30;
let folder: string;
let items: Item[];
let model: Model;
let storeInUse: StoreInUse;
let collection: Collection;
let app: ReturnType<typeof createApp>;

const post = (path: string, body: BodyInit, type?: string) =>
  app.request(path, {
    method: "POST",
    body,
    ...(type ? { headers: { "content-type": type } } : {}),
  });
const form = (entries: Record<string, string | Blob>) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(entries)) data.append(name, value);
  return data;
};
const blob = (bytes: Buffer) => new Blob([Uint8Array.from(bytes)]);

describe.each(stores)("$name", (store) => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "plumage-serve-"));
    await writeModel(folder);
    items = await writeItems(folder, count);
    model = await openModel(folder);
    storeInUse = await store.start();
    collection = await storeInUse.open(folder, model.indexed, "index");
    await indexItems(collection, model, items, new AbortController().signal);
    app = createApp(contextOf(model, collection));
  }, 60_000);
  afterAll(async () => {
    await collection.close();
    await storeInUse.stop();
    await model.close();
    rmSync(folder, { recursive: true });
  });

  describe("POST /search", () => {
    test("ranks like the dot products of the embeddings", async () => {
      const image = Uint8Array.from(await noise(7));
      const answer = await post("/search?k=5", image, "image/png");
      expect(answer.status).toBe(200);
      const { results, timings, model: told } = searchSchema.parse(await answer.json());
      expect(told).toEqual({ name: "tiny", sha256: model.embedder.model });
      for (const value of Object.values(timings)) expect(value).toBeGreaterThanOrEqual(0);

      const { embedding } = embeddingSchema.parse(
        await (await post("/embed", image, "image/png")).json(),
      );
      const ids = items.map(({ id }) => id);
      const expected = (await collection.embeddings(ids))
        .map((stored, i) => ({ id: ids[i]!, score: dot(embedding, stored!) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, 5);
      expect(results.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      for (const [i, { score }] of results.entries())
        expect(score).toBeCloseTo(expected[i]!.score, 5);
    });

    test("finds an image of the gallery first, with all that is known of it", async () => {
      const image = Uint8Array.from(await noise(100));
      const { results } = searchSchema.parse(await (await post("/search", image)).json());
      expect(results).toHaveLength(12);
      expect(results[0]).toMatchObject({
        id: "0",
        label: "even",
        source: "hand",
        thumbnail: "/items/0/thumbnail",
        image: "/items/0/image",
      });
      expect(results[0]!.score).toBeCloseTo(1, 5);
    });

    test("a form gives what the body gives, and may hold k", async () => {
      const image = await noise(8);
      const raw = searchSchema.parse(
        await (await post("/search?k=3", Uint8Array.from(image), "image/png")).json(),
      );
      const sent = searchSchema.parse(
        await (await post("/search?k=9", form({ image: blob(image), k: "3" }))).json(),
      );
      expect(sent.results).toEqual(raw.results);
    });

    test.each([
      undefined,
      "application/octet-stream",
      "application/x-www-form-urlencoded",
      "image/jpeg",
    ])("takes a body of type %s for an image", async (type) => {
      const answer = await post("/search?k=1", Uint8Array.from(await noise(100)), type);
      expect(searchSchema.parse(await answer.json()).results[0]!.id).toBe("0");
    });

    test("k beyond the gallery gives all of it", async () => {
      const { results } = searchSchema.parse(
        await (await post("/search?k=100", Uint8Array.from(await noise(9)))).json(),
      );
      expect(new Set(results.map(({ id }) => id)).size).toBe(count);
    });
  });

  describe("what cannot be answered", () => {
    const problemOfAnswer = async (answer: Response) => {
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      const problem = problemSchema.parse(await answer.json());
      expect(problem.status).toBe(answer.status);
      expect(problem.detail).not.toMatch(/\n|at \w+ \(/);
      return problem;
    };

    test.each([
      ["0", "k: use at least 1"],
      ["-1", "k: use at least 1"],
      ["1.5", "k: use a whole number"],
      ["abc", "k: use a number"],
      ["101", "k: use at most 100"],
      ["1e400", "k: use a number"],
    ])("k=%s", async (k, detail) => {
      const image = await noise(1);
      for (const answer of [
        await post(`/search?k=${k}`, Uint8Array.from(image), "image/png"),
        await post("/search", form({ image: blob(image), k })),
      ]) {
        expect(answer.status).toBe(400);
        expect((await problemOfAnswer(answer)).detail).toBe(detail);
      }
    });

    test.each([
      ["an empty body", () => post("/search", new Uint8Array(), "image/png"), 400, /empty/],
      ["no image in the form", () => post("/search", form({ other: "x" })), 400, /field image/],
      ["nor in one to be embedded", () => post("/embed", form({ other: "x" })), 400, /field image/],
      ["text in the form's field", () => post("/search", form({ image: "x" })), 400, /field image/],
      ["a broken form", () => post("/search", "x", "multipart/form-data; boundary=y"), 400, /form/],
      [
        "a body of another kind",
        () => post("/search", "{}", "application/json"),
        415,
        /application\/json/,
      ],
      ["no body at all", () => app.request("/search", { method: "POST" }), 400, /empty/],
      ["text called an image", () => post("/search", "not an image", "image/jpeg"), 422, /image/],
      [
        "an SVG",
        () => post("/search", "<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        422,
        /SVG|svg/,
      ],
      [
        "a search without an image to send",
        () => app.request("/search"),
        405,
        /\/search does not take GET/,
      ],
      ["an item to be changed", () => app.request("/items/0", { method: "PATCH" }), 405, /PATCH/],
      [
        "an item to be deleted that is not there",
        () => app.request("/items/none", { method: "DELETE" }),
        404,
        /none/,
      ],
      ["a way that is not there", () => app.request("/nowhere"), 404, /\/nowhere/],
      ["an item that is not there", () => app.request("/items/none"), 404, /none/],
      ["its thumbnail", () => app.request("/items/none/thumbnail"), 404, /none/],
      ["its image", () => app.request("/items/none/image"), 404, /none/],
      ["an item whose name is no text", () => app.request("/items/%E0%A4%A"), 404, /no item/],
      [
        "a page of the wrong size",
        () => app.request("/items?limit=0"),
        400,
        /^limit: use at least 1$/,
      ],
      ["a page after nothing", () => app.request("/items?after=x"), 400, /^after: use a number$/],
    ] as const)("%s", async (_, request, status, detail) => {
      const answer = await request();
      expect(answer.status).toBe(status);
      expect((await problemOfAnswer(answer)).detail).toMatch(detail);
    });

    test("an image that breaks off", async () => {
      const jpeg = await sharp(await noise(2, 400, 300))
        .jpeg()
        .toBuffer();
      const answer = await post(
        "/search",
        Uint8Array.from(jpeg.subarray(0, jpeg.length / 2)),
        "image/jpeg",
      );
      expect(answer.status).toBe(422);
      await problemOfAnswer(answer);
    });

    test("a body over the limit", async () => {
      const answer = await post("/search", new Uint8Array(20 * 2 ** 20 + 1), "image/png");
      expect(answer.status).toBe(413);
      await problemOfAnswer(answer);
    });
  });

  test("a 405 tells what is allowed", async () => {
    expect((await app.request("/search", { method: "PUT" })).headers.get("allow")).toBe("POST");
    expect((await app.request("/items/0", { method: "POST" })).headers.get("allow")).toBe(
      "DELETE, GET",
    );
    expect((await app.request("/items/0", { method: "HEAD" })).status).toBe(200);
  });

  test("a catalog that has been taken over by another model is not searched with this one", async () => {
    const other = mkdtempSync(join(tmpdir(), "plumage-taken-"));
    const mine = await storeInUse.open(other, model.indexed, "index");
    await indexItems(mine, model, items.slice(0, 2), new AbortController().signal);
    app = createApp(contextOf(model, mine));
    await (await storeInUse.open(other, { model: "another", dimension: 8 }, "index")).close();
    const image = Uint8Array.from(await noise(4));
    for (const answer of [
      await post("/search", image),
      await post("/items", image),
      await post("/search?label=even", image),
    ]) {
      expect(answer.status).toBe(503);
      expect(problemSchema.parse(await answer.json())).toMatchObject({
        detail: "the gallery has been indexed with another model",
        hint: "start the server again",
      });
    }
    app = createApp(contextOf(model, collection));
    await mine.close();
    rmSync(other, { recursive: true });
  });

  test("POST /embed gives a unit vector and the digest of the model's pixels", async () => {
    const image = await noise(3);
    const { embedding, pixelsSha256 } = embeddingSchema.parse(
      await (await post("/embed", Uint8Array.from(image))).json(),
    );
    expect(dot(embedding, embedding)).toBeCloseTo(1, 5);
    expect(pixelsSha256).toBe(sha256(cropAndResize(await decodeImage(image), 32)));
  });

  test("GET /items walks the gallery page by page", async () => {
    const ids: string[] = [];
    for (let after: number | null = -1; after !== null; ) {
      const page = pageSchema.parse(
        await (await app.request(`/items?after=${after}&limit=7`)).json(),
      );
      expect(page.total).toBe(count);
      ids.push(...page.items.map(({ id }) => id));
      after = page.next;
    }
    expect(ids).toEqual(items.map(({ id }) => id));
  });

  test("an item's image and thumbnail", async () => {
    const image = await app.request("/items/1/image");
    expect(image.headers.get("content-type")).toBe("image/png");
    expect(Buffer.from(await image.arrayBuffer())).toEqual(await noise(101));
    const small = await app.request("/items/1/thumbnail");
    expect(small.headers.get("content-type")).toBe("image/webp");
    expect(await sharp(await small.arrayBuffer()).metadata()).toMatchObject({
      format: "webp",
      width: 40,
      height: 30,
    });

    unlinkSync(items[2]!.path);
    const gone = await app.request("/items/2/image");
    expect(gone.status).toBe(404);
    expect(problemSchema.parse(await gone.json()).detail).toMatch(/gone/);
    writeFileSync(items[2]!.path, "no image");
    const damaged = await app.request("/items/2/thumbnail");
    expect(damaged.status).toBe(404);
    expect(problemSchema.parse(await damaged.json()).detail).toMatch(/damaged/);
  });

  test("health, readiness and the API's description", async () => {
    expect((await app.request("/healthz")).status).toBe(200);
    expect(await (await app.request("/readyz")).json()).toMatchObject({
      status: "ready",
      items: count,
    });
    const document = (await (await app.request("/openapi.json")).json()) as {
      openapi: string;
      paths: object;
    };
    expect(document.openapi).toBe("3.1.0");
    expect(document.paths).toHaveProperty(["/search", "post", "requestBody", "content", "image/*"]);
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        "/search",
        "/embed",
        "/items",
        "/items/{id}",
        "/items/{id}/thumbnail",
        "/items/{id}/image",
      ]),
    );
  });
});
