/** An item's image and thumbnail. */
import { createRoute } from "@hono/zod-openapi";
import { imageFormat } from "@plumage/models";
import type { Context } from "hono";
import { LRUCache } from "lru-cache";
import type { CollectionItem } from "../../collection/item.ts";
import { thumbnail } from "../../images/thumbnail.ts";
import { NotFound } from "../problems/errors.ts";
import { idParamSchema } from "../schemas/fields.ts";
import { commonProblems, imageResponse, problems } from "../schemas/responses.ts";
import { inChunks } from "../upload/body.ts";
import { createRouter, findItem, type ServeContext } from "./context.ts";

const notModified = { description: "The image is still the one of `If-None-Match`." };

const thumbnailRoute = createRoute({
  method: "get",
  path: "/items/{id}/thumbnail",
  summary: "Get an item's thumbnail, at most 128 x 128 pixels.",
  request: { params: idParamSchema },
  responses: {
    200: imageResponse("image/webp", "A WebP image."),
    304: notModified,
    ...commonProblems,
    ...problems(404),
  },
});

const imageRoute = createRoute({
  method: "get",
  path: "/items/{id}/image",
  summary: "Get an item's image file.",
  request: { params: idParamSchema },
  responses: {
    200: imageResponse("image/*", "The image file."),
    304: notModified,
    ...commonProblems,
    ...problems(404),
  },
});

const thumbnailSize = 128;
const cachedThumbnails = 4096;

export function imageRoutes({ collection, access }: ServeContext) {
  /** By key: an item that is replaced, by any instance, gets a new one. */
  const thumbnails = new LRUCache<number, Uint8Array<ArrayBuffer>>({ max: cachedThumbnails });
  // Answers that require a token must not enter shared caches.
  const visibility = access.protect === "everything" ? "private" : "public";

  /** A file may disappear while the server runs: 404 for the item, not an error of the server. */
  const readImage = async (item: CollectionItem): Promise<Uint8Array<ArrayBuffer>> => {
    const image = await collection.image(item);
    if (!image) throw new NotFound("the item's image file is gone");
    return image;
  };
  const readThumbnail = async (item: CollectionItem): Promise<Uint8Array<ArrayBuffer>> => {
    const cached = thumbnails.get(item.key);
    if (cached) return cached;
    const image = await readImage(item);
    const made = await thumbnail(image, thumbnailSize).then(
      (bytes) => new Uint8Array(bytes),
      () => {
        throw new NotFound("the item's image file is damaged");
      },
    );
    thumbnails.set(item.key, made);
    return made;
  };

  /**
   * Caches must ask each time, since an image may be replaced under its id. The tag depends on the
   * content alone, so that all instances agree.
   */
  const isCached = async (c: Context, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> => {
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const tag = `"${Buffer.from(digest).toString("base64url")}"`;
    c.header("etag", tag);
    c.header("cache-control", `${visibility}, no-cache`);
    const known = c.req.header("if-none-match")?.split(",") ?? [];
    return known.some((entry) => ["*", tag].includes(entry.trim().replace(/^W\//, "")));
  };

  return createRouter()
    .openapi(thumbnailRoute, async (c) => {
      const item = await findItem(collection, c.req.valid("param").id);
      const bytes = await readThumbnail(item);
      if (await isCached(c, bytes)) return c.body(null, 304);
      return c.body(bytes, 200, { "content-type": "image/webp" });
    })
    .openapi(imageRoute, async (c) => {
      const item = await findItem(collection, c.req.valid("param").id);
      const bytes = await readImage(item);
      const headers = {
        "content-type": contentType(bytes),
        "content-length": String(bytes.length),
      };
      if (await isCached(c, bytes)) return c.body(null, 304);
      return c.body(inChunks(bytes), 200, headers);
    });
}

/** The type of the content: a file's extension may be wrong, and the file may have changed. */
function contentType(bytes: Uint8Array): string {
  try {
    return `image/${imageFormat(bytes).toLowerCase()}`;
  } catch {
    throw new NotFound("the item's file is no longer an image");
  }
}
