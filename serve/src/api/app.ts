/** The HTTP API as a Hono app. A factory: tests call app.request() with no socket. */
import { createHash } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import type { Logger } from "pino";
import type { Collection, RankedItem } from "../collection/collection.ts";
import type { CollectionItem } from "../collection/item.ts";
import type { Embedder } from "../embedder/embedder.ts";
import type { ImageReader } from "../images/imageReader.ts";
import { thumbnail } from "../images/thumbnail.ts";
import { Cache } from "./cache.ts";
import { docsPage } from "./docsPage.ts";
import { type Access, guard } from "./middleware/access.ts";
import { BodyBudget } from "./middleware/bodyBudget.ts";
import { logRequests } from "./middleware/logRequests.ts";
import { Metrics } from "./middleware/metrics.ts";
import { newImages } from "./newImages.ts";
import { NotFound, problem, problemOf } from "./problems/problem.ts";
import * as routes from "./routes.ts";
import { itemFormSchema, searchQuerySchema } from "./schemas.ts";
import { search } from "./search.ts";
import { inPieces } from "./upload/body.ts";
import { readUpload, wordsOf } from "./upload/readUpload.ts";

export interface ServeContext {
  readonly embedder: Embedder;
  readonly reader: ImageReader;
  readonly collection: Collection;
  readonly access: Access;
  readonly log: Logger;
}

/** Bodies of all requests under way. */
const allUploads = 512 * 2 ** 20;
const thumbnailSide = 128;
const cachedThumbnails = 4096;
const localPage = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

export function createApp(context: ServeContext) {
  const { embedder, reader, collection, access, log } = context;
  const bodies = new BodyBudget(allUploads);
  const metrics = new Metrics({
    waiting: () => ({ reader: reader.waiting, embedder: embedder.waiting }),
    bodies: () => bodies.used,
    items: () => collection.size(),
  });
  embedder.onBatch = (together) => metrics.batch(together);
  const model = { name: embedder.manifest.name, sha256: embedder.model };
  /** By key: an item that is replaced, by whatever instance, has another. */
  const thumbnails = new Cache<number, Buffer>(cachedThumbnails);

  const described = ({ id, label, source, metadata }: CollectionItem) => {
    const path = `/items/${encodeURIComponent(id)}`;
    const more = {
      ...(source ? { source } : {}),
      ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    };
    return { id, label, ...more, thumbnail: `${path}/thumbnail`, image: `${path}/image` };
  };
  const asResults = (ranked: readonly RankedItem[]) =>
    ranked.map(({ item, score }) => ({ ...described(item), score }));
  /** A gallery's file may go while the server runs; that is the item's loss, not the server's. */
  const imageOf = async (item: CollectionItem): Promise<Uint8Array<ArrayBuffer>> => {
    const image = await collection.image(item);
    if (!image) throw new NotFound("the item's image is gone");
    return image;
  };
  const smallImage = async (item: CollectionItem): Promise<Buffer> => {
    const image = await imageOf(item);
    return thumbnail(image, thumbnailSide).catch(() => {
      throw new NotFound("the item's image is damaged");
    });
  };
  const found = async (id: string): Promise<CollectionItem> => {
    const [item] = await collection.items([id]);
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
  app.use(metrics.requests, logRequests(log));
  app.use(
    // The page's wasm threads want a cross-origin isolated document.
    secureHeaders({
      crossOriginEmbedderPolicy: "require-corp",
      crossOriginResourcePolicy: "cross-origin",
      // Whether there is TLS is the proxy's to say.
      strictTransportSecurity: false,
    }),
    cors({
      origin: (origin) =>
        localPage.test(origin) || access.origins.includes(origin) ? origin : null,
    }),
    guard(access),
    bodies.guard,
  );
  app.onError((error, c) => problemOf(error, c, log));
  app.notFound((c) => problem(c, 404, `there is nothing at ${c.req.path}`, "see /docs"));

  app.get("/healthz", (c) => c.json({ status: "alive" }));
  app.get("/metrics", async (c) =>
    c.body(await metrics.text(), 200, { "content-type": metrics.contentType }),
  );
  app.get("/openapi.json", (c) => c.body(description, 200, { "content-type": "application/json" }));
  app.get("/docs", (c) => c.html(docs));
  const api = app
    .openapi(routes.searchRoute, async (c) => {
      const start = performance.now();
      const upload = await readUpload(c, true);
      const words = wordsOf(searchQuerySchema, c, upload.fields);
      const { ranked, timings } = await search(upload, words, context);
      const all = { ...timings, total: performance.now() - start };
      metrics.stages(all);
      return c.json({ results: asResults(ranked), timings: all, model }, 200);
    })
    .openapi(routes.embedRoute, async (c) => {
      const { images } = await readUpload(c);
      const { pixels } = await reader.read(images[0]!);
      const pixelsSha256 = createHash("sha256").update(pixels).digest("hex");
      const { embedding } = await embedder.embed(pixels);
      return c.json({ embedding: Array.from(embedding), pixelsSha256, model }, 200);
    })
    .openapi(routes.itemsRoute, async (c) => {
      const { after, limit } = c.req.valid("query");
      const [page, total] = await Promise.all([collection.page(after, limit), collection.size()]);
      const next = page.length === limit ? page.at(-1)!.key : null;
      return c.json({ items: page.map(described), total, next }, 200);
    })
    .openapi(routes.addRoute, async (c) => {
      const upload = await readUpload(c);
      const images = await newImages(upload, wordsOf(itemFormSchema, c, upload.fields), context);
      const items = await collection.put(images);
      return c.json({ items: items.map(described) }, 201);
    })
    .openapi(routes.removeRoute, async (c) => {
      const { id } = c.req.valid("param");
      if ((await collection.remove([id])) === 0) throw new NotFound(`there is no item "${id}"`);
      return c.body(null, 204);
    })
    .openapi(routes.similarRoute, async (c) => {
      const { id } = c.req.valid("param");
      const [embedding] = await collection.embeddings([id]);
      if (!embedding) throw new NotFound(`there is no item "${id}"`);
      const ranked = await collection.nearest(embedding, {
        k: c.req.valid("query").k,
        except: new Set([id]),
      });
      return c.json({ results: asResults(ranked), model }, 200);
    })
    .openapi(routes.itemRoute, async (c) =>
      c.json(described(await found(c.req.valid("param").id)), 200),
    )
    .openapi(routes.thumbnailRoute, async (c) => {
      const item = await found(c.req.valid("param").id);
      const image = thumbnails.get(item.key) ?? (await smallImage(item));
      thumbnails.set(item.key, image);
      // What asks for a token is not for caches that others share.
      c.header(
        "cache-control",
        `${access.protect === "everything" ? "private" : "public"}, max-age=3600`,
      );
      return c.body(new Uint8Array(image), 200, { "content-type": "image/webp" });
    })
    .openapi(routes.imageRoute, async (c) => {
      const item = await found(c.req.valid("param").id);
      const image = await imageOf(item);
      const headers = {
        "content-type": imageType(item.path),
        "content-length": String(image.length),
      };
      return c.body(inPieces(image), 200, headers);
    })
    .get("/readyz", async (c) =>
      c.json({ status: "ready", items: await collection.size(), model }),
    );
  // Made before anybody asks: it takes longer than one answer should hold the event loop.
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Plumage", version: "1", description: "Image search with an ONNX embedder." },
  });
  const description = JSON.stringify(document);
  const docs = docsPage(document);
  refuseOtherMethods(api);
  return api;
}
/** The API's types, for Hono's typed client. */
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

const imageTypes: Record<string, string> = {
  jpg: "jpeg",
  jpeg: "jpeg",
  png: "png",
  webp: "webp",
  gif: "gif",
  avif: "avif",
};
const imageType = (path: string): string =>
  `image/${imageTypes[path.split(".").at(-1)!.toLowerCase()] ?? "png"}`;
