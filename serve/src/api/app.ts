/** The HTTP API as a Hono app. A factory: tests call app.request() with no socket. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { OpenAPIHono } from "@hono/zod-openapi";
import { PlumageError } from "@plumage/models";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import type { Logger } from "pino";
import type { CatalogueItem } from "../catalogue/catalogue.ts";
import type { Embedder } from "../embedder/embedder.ts";
import { modelPixels, thumbnail } from "../picture.ts";
import type { Collection } from "../searching/collection.ts";
import { type Gallery, nearestItems, type RankedItem } from "../searching/nearest.ts";
import { type Access, guard } from "./access.ts";
import { Cache } from "./cache.ts";
import { docsPage } from "./docsPage.ts";
import { Metrics } from "./metrics.ts";
import { newPictures } from "./newPictures.ts";
import { NotFound, problem, problemOf } from "./problem.ts";
import * as routes from "./routes.ts";
import { itemFormSchema, searchQuerySchema } from "./schemas.ts";
import { search } from "./search.ts";
import { readUpload, wordsOf } from "./upload.ts";

export interface ServeContext extends Gallery {
  readonly embedder: Embedder;
  readonly collection: Collection;
  readonly access: Access;
  readonly log: Logger;
}

const largestUpload = 20 * 2 ** 20;
const thumbnailSide = 128;
const cachedThumbnails = 4096;
const localPage = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

export function createApp(context: ServeContext) {
  const { embedder, catalogue, store, collection, access, log } = context;
  const metrics = new Metrics({ waiting: () => embedder.waiting, items: () => store.size });
  const model = { name: embedder.manifest.name, sha256: embedder.model };
  const thumbnails = new Cache<string, Buffer>(cachedThumbnails);

  const described = ({ id, label, source, metadata }: CatalogueItem) => {
    const path = `/items/${encodeURIComponent(id)}`;
    const more = { ...(source ? { source } : {}), ...(Object.keys(metadata).length > 0 ? { metadata } : {}) };
    return { id, label, ...more, thumbnail: `${path}/thumbnail`, image: `${path}/image` };
  };
  const asResults = (ranked: readonly RankedItem[]) => ranked.map(({ item, score }) => ({ ...described(item), score }));
  const sameModel = () => {
    if (catalogue.meta("model") === embedder.model) return;
    throw new PlumageError("unavailable", "the gallery has been indexed with another model", "start the server again");
  };
  const found = (id: string): CatalogueItem => {
    const item = catalogue.byId(id);
    if (!item) throw new NotFound(`there is no item "${id}"`);
    return item;
  };

  const app = new OpenAPIHono({
    defaultHook: (result, c) => {
      if (result.success) return;
      const { path, message } = result.error.issues[0]!;
      return problem(c, 400, `${path.join(".")}: ${message}`);
    },
  });
  app.use(metrics.requests);
  app.use(
    // The page's wasm threads want a cross-origin isolated document.
    secureHeaders({
      crossOriginEmbedderPolicy: "require-corp",
      crossOriginResourcePolicy: "cross-origin",
      // Whether there is TLS is the proxy's to say.
      strictTransportSecurity: false,
    }),
    cors({ origin: (origin) => (localPage.test(origin) || access.origins.includes(origin) ? origin : null) }),
    guard(access),
    bodyLimit({
      maxSize: largestUpload,
      onError: (c) =>
        problem(c, 413, `the body is larger than ${largestUpload / 2 ** 20} MB`, "send a smaller picture"),
    }),
  );
  app.onError((error, c) => problemOf(error, c, log));
  app.notFound((c) => problem(c, 404, `there is nothing at ${c.req.path}`, "see /docs"));

  app.get("/healthz", (c) => c.json({ status: "alive" }));
  app.get("/metrics", async (c) => c.body(await metrics.text(), 200, { "content-type": metrics.contentType }));
  const about = {
    openapi: "3.1.0",
    info: { title: "Plumage", version: "1", description: "Image search with an ONNX embedder." },
  };
  app.doc31("/openapi.json", about);
  app.get("/docs", (c) => c.html(docsPage(app.getOpenAPI31Document(about))));
  const api = app
    .openapi(routes.searchRoute, async (c) => {
      const start = performance.now();
      const upload = await readUpload(c, true);
      const words = wordsOf(searchQuerySchema, c, upload.fields);
      const { ranked, timings } = await search(upload, words, context, sameModel);
      const all = { ...timings, total: performance.now() - start };
      metrics.stages(all);
      return c.json({ results: asResults(ranked), timings: all, model }, 200);
    })
    .openapi(routes.embedRoute, async (c) => {
      const { pictures } = await readUpload(c);
      const { pixels } = await modelPixels(pictures[0]!, embedder.manifest);
      const pixelsSha256 = createHash("sha256").update(pixels).digest("hex");
      const { embedding } = await embedder.embed(pixels);
      return c.json({ embedding: Array.from(embedding), pixelsSha256, model }, 200);
    })
    .openapi(routes.itemsRoute, (c) => {
      const { after, limit } = c.req.valid("query");
      const page = catalogue.page(after, limit);
      const next = page.length === limit ? page.at(-1)!.key : null;
      return c.json({ items: page.map(described), total: catalogue.size, next }, 200);
    })
    .openapi(routes.addRoute, async (c) => {
      const upload = await readUpload(c);
      const pictures = await newPictures(upload, wordsOf(itemFormSchema, c, upload.fields), embedder);
      sameModel();
      const items = await collection.add(pictures);
      for (const { id } of items) thumbnails.delete(id);
      return c.json({ items: items.map(described) }, 201);
    })
    .openapi(routes.removeRoute, async (c) => {
      const { id } = c.req.valid("param");
      sameModel();
      if (!(await collection.remove(id))) throw new NotFound(`there is no item "${id}"`);
      thumbnails.delete(id);
      return c.body(null, 204);
    })
    .openapi(routes.similarRoute, async (c) => {
      const { id, key } = found(c.req.valid("param").id);
      sameModel();
      const wanted = { k: c.req.valid("query").k, except: new Set([id]) };
      const ranked = await nearestItems(catalogue.embedding(key)!, wanted, context);
      return c.json({ results: asResults(ranked), model }, 200);
    })
    .openapi(routes.itemRoute, (c) => c.json(described(found(c.req.valid("param").id)), 200))
    .openapi(routes.thumbnailRoute, async (c) => {
      const { id, path } = found(c.req.valid("param").id);
      const picture = thumbnails.get(id) ?? (await smallPicture(path));
      thumbnails.set(id, picture);
      c.header("cache-control", "public, max-age=3600");
      return c.body(new Uint8Array(picture), 200, { "content-type": "image/webp" });
    })
    .openapi(routes.imageRoute, async (c) => {
      const { path } = found(c.req.valid("param").id);
      return c.body(await readPicture(path), 200, { "content-type": imageType(path) });
    })
    .get("/readyz", (c) => c.json({ status: "ready", items: store.size, model }));
  refuseOtherMethods(api);
  return api;
}
export type AppType = ReturnType<typeof createApp>;

/** 405 for a path that is there, asked in a way that it is not. */
function refuseOtherMethods(api: Pick<OpenAPIHono, "routes" | "all">): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of api.routes) {
    if (method !== "ALL") methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  for (const [path, known] of methods) {
    const allowed = [...known].join(", ");
    api.all(path, (c) => {
      c.header("allow", allowed);
      return problem(c, 405, `${c.req.path} does not take ${c.req.method}`, `use ${allowed}`);
    });
  }
}

/** A gallery's file may go while the server runs; that is the item's loss, not the server's. */
async function readPicture(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return Uint8Array.from(await readFile(path));
  } catch {
    throw new NotFound("the item's picture is gone");
  }
}

async function smallPicture(path: string): Promise<Buffer> {
  const picture = await readPicture(path);
  return thumbnail(picture, thumbnailSide).catch(() => {
    throw new NotFound("the item's picture is damaged");
  });
}

const imageTypes: Record<string, string> = {
  jpg: "jpeg",
  jpeg: "jpeg",
  png: "png",
  webp: "webp",
  gif: "gif",
  avif: "avif",
};
const imageType = (path: string): string => `image/${imageTypes[path.split(".").at(-1)!.toLowerCase()] ?? "png"}`;
