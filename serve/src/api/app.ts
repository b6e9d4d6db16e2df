/** The HTTP API as a Hono app. A factory: tests call app.request() with no socket. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import { PlumageError } from "@plumage/models";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import type { Catalogue, CatalogueItem } from "../catalogue/catalogue.ts";
import type { Embedder } from "../embedder/embedder.ts";
import { modelPixels, thumbnail } from "../picture.ts";
import type { VectorStore } from "../store/vectorStore.ts";
import { Cache } from "./cache.ts";
import { nearestItems } from "./gallery.ts";
import { problem, problemOf, problemSchema } from "./problem.ts";
import {
  embeddingSchema,
  imageBody,
  itemSchema,
  kSchema,
  pageQuerySchema,
  pageSchema,
  searchSchema,
} from "./schemas.ts";
import { readUpload } from "./upload.ts";

export interface ServeContext {
  readonly embedder: Embedder;
  readonly catalogue: Catalogue;
  readonly store: VectorStore;
}

const largestUpload = 20 * 2 ** 20;
const thumbnailSide = 128;
const cachedThumbnails = 4096;
const localPage = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

const answer = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { "application/json": { schema } },
});
const problems = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: "What is wrong and what to do.",
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
const webp = { description: "A WebP picture.", content: { "image/webp": { schema: z.any() } } };
const anyImage = { description: "The picture's file.", content: { "image/*": { schema: z.any() } } };
const idParameter = z.object({ id: z.string().min(1).max(400) });

const searchRoute = createRoute({
  method: "post",
  path: "/search",
  summary: "Find the pictures most like this one.",
  request: { query: z.object({ k: kSchema }) },
  requestBody: imageBody,
  responses: { 200: answer(searchSchema, "The nearest items, best first."), ...problems(400, 413, 415, 422, 503) },
});
const embedRoute = createRoute({
  method: "post",
  path: "/embed",
  summary: "The embedding of a picture.",
  requestBody: imageBody,
  responses: { 200: answer(embeddingSchema, "A vector of unit length."), ...problems(400, 413, 415, 422, 503) },
});
const itemsRoute = createRoute({
  method: "get",
  path: "/items",
  summary: "The gallery, page by page.",
  request: { query: pageQuerySchema },
  responses: { 200: answer(pageSchema, "Items in the order in which they were added."), ...problems(400) },
});
const itemRoute = createRoute({
  method: "get",
  path: "/items/{id}",
  request: { params: idParameter },
  responses: { 200: answer(itemSchema, "The item."), ...problems(404) },
});
const thumbnailRoute = createRoute({
  method: "get",
  path: "/items/{id}/thumbnail",
  request: { params: idParameter },
  responses: { 200: webp, ...problems(404) },
});
const imageRoute = createRoute({
  method: "get",
  path: "/items/{id}/image",
  request: { params: idParameter },
  responses: { 200: anyImage, ...problems(404) },
});

export function createApp(context: ServeContext) {
  const { embedder, catalogue, store } = context;
  const model = { name: embedder.manifest.name, sha256: embedder.model };
  const thumbnails = new Cache<string, Buffer>(cachedThumbnails);

  const described = ({ id, label, source }: CatalogueItem) => {
    const path = `/items/${encodeURIComponent(id)}`;
    return { id, label, ...(source ? { source } : {}), thumbnail: `${path}/thumbnail`, image: `${path}/image` };
  };
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
  app.use(
    // The page's wasm threads want a cross-origin isolated document.
    secureHeaders({
      crossOriginEmbedderPolicy: "require-corp",
      crossOriginResourcePolicy: "cross-origin",
      // Whether there is TLS is the proxy's to say.
      strictTransportSecurity: false,
    }),
    cors({ origin: (origin) => (localPage.test(origin) ? origin : null) }),
    bodyLimit({
      maxSize: largestUpload,
      onError: (c) =>
        problem(c, 413, `the body is larger than ${largestUpload / 2 ** 20} MB`, "send a smaller picture"),
    }),
  );
  app.onError((error, c) => (error instanceof NotFound ? problem(c, 404, error.message) : problemOf(error, c)));
  app.notFound((c) => problem(c, 404, `there is nothing at ${c.req.path}`, "see /openapi.json"));

  app.get("/healthz", (c) => c.json({ status: "alive" }));
  app.get("/readyz", (c) => c.json({ status: "ready", items: store.size, model }));
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: { title: "Plumage", version: "1", description: "Image search with an ONNX embedder." },
  });
  const api = app
    .openapi(searchRoute, async (c) => {
      const start = performance.now();
      const { bytes, fields } = await readUpload(c);
      const k = fields.k === undefined ? c.req.valid("query").k : formK(fields.k);
      const { pixels, decodeMs, preprocessMs } = await modelPixels(bytes, embedder.manifest);
      const { embedding, milliseconds } = await embedder.embed(pixels);
      sameModel();
      const searching = performance.now();
      const ranked = nearestItems(embedding, k, context);
      const end = performance.now();
      const timings = {
        decode: decodeMs,
        preprocess: preprocessMs,
        embed: milliseconds,
        search: end - searching,
        total: end - start,
      };
      return c.json({ results: ranked.map(({ item, score }) => ({ ...described(item), score })), timings, model }, 200);
    })
    .openapi(embedRoute, async (c) => {
      const { bytes } = await readUpload(c);
      const { pixels } = await modelPixels(bytes, embedder.manifest);
      const pixelsSha256 = createHash("sha256").update(pixels).digest("hex");
      const { embedding } = await embedder.embed(pixels);
      return c.json({ embedding: Array.from(embedding), pixelsSha256, model }, 200);
    })
    .openapi(itemsRoute, (c) => {
      const { after, limit } = c.req.valid("query");
      const page = catalogue.page(after, limit);
      const next = page.length === limit ? page.at(-1)!.key : null;
      return c.json({ items: page.map(described), total: catalogue.size, next }, 200);
    })
    .openapi(itemRoute, (c) => c.json(described(found(c.req.valid("param").id)), 200))
    .openapi(thumbnailRoute, async (c) => {
      const { id, path } = found(c.req.valid("param").id);
      const picture = thumbnails.get(id) ?? (await smallPicture(path));
      thumbnails.set(id, picture);
      c.header("cache-control", "public, max-age=3600");
      return c.body(new Uint8Array(picture), 200, { "content-type": "image/webp" });
    })
    .openapi(imageRoute, async (c) => {
      const { path } = found(c.req.valid("param").id);
      return c.body(await readPicture(path), 200, { "content-type": imageType(path) });
    });
  refuseOtherMethods(api);
  return api;
}
export type AppType = ReturnType<typeof createApp>;

class NotFound extends Error {}

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

function formK(text: string): number {
  const result = kSchema.safeParse(text);
  if (result.success) return result.data;
  throw new PlumageError("bad-input", `k: ${result.error.issues[0]!.message}`);
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
