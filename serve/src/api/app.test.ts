import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { contextOf } from "../../test/support/context.ts";
import { useGallery, useStore, useTinyModel } from "../../test/support/gallery.ts";
import { formOf, post, problemIn } from "../../test/support/requests.ts";
import { stores } from "../../test/support/stores.ts";
import { noise, noiseBytes } from "../../test/support/tinyModel.ts";
import { indexItems } from "../indexing/indexItems.ts";
import { createApp } from "./app.ts";

const count = 6;
const model = useTinyModel();

describe.each(stores)("$name", (store) => {
  const runningStore = useStore(store);
  const gallery = useGallery(runningStore.open, model, count);
  const get = (path: string, method = "GET") => gallery.app.request(path, { method });
  const send = (path: string, body: BodyInit, type?: string) =>
    post(gallery.app, path, body, type ? { "content-type": type } : {});

  describe("a problem document", () => {
    const expectProblem = async (answer: Response, status: number, detail: string | RegExp) => {
      expect(answer.status).toBe(status);
      const problem = await problemIn(answer);
      expect(problem.status).toBe(status);
      expect(problem.detail).toMatch(detail);
      expect(problem.detail).not.toMatch(/\n|at \w+ \(/);
    };

    test.each([
      ["0", /^k: use at least 1$/],
      ["-1", /^k: use at least 1$/],
      ["1.5", /^k: use an integer$/],
      ["abc", /^k: use a number$/],
      ["101", /^k: use at most 100$/],
      ["1e400", /^k: use a number$/],
    ])("rejects k=%s in the query string and in a form", async (k, detail) => {
      const image = await noiseBytes(1);
      await expectProblem(await send(`/search?k=${k}`, image, "image/png"), 400, detail);
      await expectProblem(await send("/search", formOf(["image", image], ["k", k])), 400, detail);
    });

    test.each([
      ["an empty body", () => send("/search", new Uint8Array(), "image/png"), 400, /empty/],
      ["no body", () => get("/search", "POST"), 400, /empty/],
      [
        "a form without an image",
        () => send("/search", formOf(["other", "x"])),
        400,
        /field image/,
      ],
      ["the same for /embed", () => send("/embed", formOf(["other", "x"])), 400, /field image/],
      ["text in the field image", () => send("/search", formOf(["image", "x"])), 400, /not a file/],
      [
        "a malformed form",
        () => send("/search", "x", "multipart/form-data; boundary=y"),
        400,
        /form/,
      ],
      ["JSON", () => send("/search", "{}", "application/json"), 415, /application\/json/],
      ["text", () => send("/search", "x", "text/plain"), 415, /text\/plain/],
      [
        "another multipart",
        () => send("/search", "x", "multipart/mixed; boundary=y"),
        415,
        /mixed/,
      ],
      ["a form without a boundary", () => send("/search", "x", "multipart/form-data"), 400, /form/],
      ...["gzip", "br", "deflate, gzip"].map(
        (encoding) =>
          [
            `Content-Encoding: ${encoding}`,
            () => post(gallery.app, "/items", "x", { "content-encoding": encoding }),
            415,
            new RegExp(`Content-Encoding: ${encoding} is not supported`),
          ] as const,
      ),
      ["text as an image", () => send("/search", "not an image", "image/jpeg"), 422, /image/],
      [
        "an SVG",
        () => send("/search", "<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        422,
        /svg/i,
      ],
      ["a large body", () => send("/search", new Uint8Array(20 * 2 ** 20 + 1)), 413, /20 MB/],
      ["GET /search", () => get("/search"), 405, /^\/search does not support GET$/],
      ["PATCH /items/{id}", () => get("/items/0", "PATCH"), 405, /PATCH/],
      ["an unknown path", () => get("/nowhere"), 404, /\/nowhere/],
      ["an unknown item", () => get("/items/none"), 404, /none/],
      ["deleting an unknown item", () => get("/items/none", "DELETE"), 404, /none/],
      ["the thumbnail of an unknown item", () => get("/items/none/thumbnail"), 404, /none/],
      ["the image of an unknown item", () => get("/items/none/image"), 404, /none/],
      ["an id that is not UTF-8", () => get("/items/%E0%A4%A"), 404, /no item/],
      ["limit=0", () => get("/items?limit=0"), 400, /^limit: use at least 1$/],
      ["after=x", () => get("/items?after=x"), 400, /^after: use a number$/],
    ] as const)("answers %s", async (_, request, status, detail) => {
      await expectProblem(await request(), status, detail);
    });

    test("answers a truncated image", async () => {
      const jpeg = await sharp(await noise(2, 400, 300))
        .jpeg()
        .toBuffer();
      const half = Uint8Array.from(jpeg.subarray(0, jpeg.length / 2));
      await expectProblem(await send("/search", half, "image/jpeg"), 422, /./);
    });
  });

  test("a 405 lists the allowed methods", async () => {
    expect((await get("/search", "PUT")).headers.get("allow")).toBe("POST");
    expect((await get("/items/0", "POST")).headers.get("allow")).toBe("DELETE, GET");
    expect((await get("/items/0", "HEAD")).status).toBe(200);
  });

  // An embedded store has one owner.
  const testShared = test.skipIf(!store.isShared);
  testShared("answers 503 once the gallery is reindexed with another model", async () => {
    const folder = mkdtempSync(join(tmpdir(), "plumage-reindexed-"));
    const collection = await runningStore.open(folder, model.indexed, "index");
    const { signal } = new AbortController();
    await indexItems(collection, model, { items: gallery.items.slice(0, 2), unread: [] }, signal);
    const app = createApp(contextOf(model, collection));
    const other = { sha256: "another", dimension: 8 };
    await (await runningStore.open(folder, other, "index")).close();
    for (const path of ["/search", "/items", "/search?label=even"]) {
      const answer = await post(app, path, await noiseBytes(4));
      expect(answer.status).toBe(503);
      expect(await problemIn(answer)).toMatchObject({
        detail: "the gallery has been reindexed with another model",
        hint: "restart the server",
      });
    }
    await collection.close();
    rmSync(folder, { recursive: true });
  });

  test("keeps foreign pages and names out, and loads nothing", async () => {
    for (const path of ["/items", "/docs", "/items/0/thumbnail", "/nowhere"]) {
      const { headers } = await get(path);
      expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
      expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect((await get(`http://attacker.example${path}`)).status).toBe(403);
    }
    const headers = { origin: "https://attacker.example" };
    const add = post(gallery.app, "/items?id=gull", await noiseBytes(1), headers);
    expect((await problemIn(await add)).status).toBe(403);
    expect((await get("/items/gull")).status).toBe(404);
  });

  test("reports health, readiness and metrics", async () => {
    expect((await get("/healthz")).status).toBe(200);
    expect(await (await get("/readyz")).json()).toMatchObject({ status: "ready", items: count });
    const app = createApp(contextOf(model, gallery.collection));
    await post(app, "/search", await noiseBytes(1));
    await app.request("/items/1");
    const metrics = await (await app.request("/metrics")).text();
    expect(metrics).toMatch(
      /plumage_request_seconds_count\{method="GET",route="\/items\/:id",status="200"\} 1/,
    );
    expect(metrics).toMatch(/plumage_search_stage_seconds_count\{stage="embed"\} 1/);
    expect(metrics).toMatch(/plumage_index_items\{model="[^"]+"\} 6/);
  });

  test("documents every route in /openapi.json and /docs", async () => {
    const document = (await (await get("/openapi.json")).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(document.openapi).toBe("3.1.0");
    expect(document.paths).toHaveProperty(["/search", "post", "requestBody", "content", "image/*"]);
    expect(Object.keys(document.paths).sort()).toEqual([
      "/duplicates",
      "/embed",
      "/items",
      "/items/{id}",
      "/items/{id}/image",
      "/items/{id}/similar",
      "/items/{id}/thumbnail",
      "/search",
    ]);
    const page = await (await get("/docs")).text();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of Object.keys(methods))
        expect(page).toContain(`${method.toUpperCase()} ${path}<`);
    }
  });
});
