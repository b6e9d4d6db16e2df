/** An item's image and thumbnail. */
import { createRoute } from "@hono/zod-openapi";
import { imageFormat, isPlumageError } from "@plumage/models";
import type { Context } from "hono";
import { readStart, streamFile } from "../../collection/imageFile.ts";
import { Thumbnails, thumbnailSize } from "../../images/thumbnails.ts";
import { clientSignal } from "../operations/clientSignal.ts";
import { NotFound } from "../problems/errors.ts";
import { itemRequest } from "../schemas/fields.ts";
import { commonProblems, imageResponse, problems } from "../schemas/responses.ts";
import { chosenModel, createRouter, findItem, type ServeContext } from "./context.ts";

const notModified = { description: "The image is still the one of `If-None-Match`." };

const thumbnailRoute = createRoute({
  method: "get",
  path: "/items/{id}/thumbnail",
  summary: "Get an item's thumbnail, at most 128 x 128 pixels.",
  request: itemRequest,
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
  request: itemRequest,
  responses: {
    200: imageResponse("image/*", "The image file."),
    304: notModified,
    ...commonProblems,
    ...problems(404),
  },
});

export function imageRoutes({ models, access }: ServeContext) {
  const thumbnails = new Thumbnails(models[0].reader);
  // Answers that require a token must not enter shared caches.
  const visibility = access.protect === "everything" ? "private" : "public";

  /** A file may disappear while the server runs: 404 for the item, not an error of the server. */
  const openImage = async (c: Context, id: string) => {
    const { name, collection } = chosenModel(models, c);
    const item = await findItem(collection, id);
    const file = await collection.image(item);
    if (!file) throw new NotFound("the item's image file is gone");
    return { name: `${name} ${item.key} ${file.tag}`, file };
  };

  /** Caches must ask each time, since an image may be replaced under its id. */
  const isCached = (c: Context, tag: string): boolean => {
    c.header("etag", `"${tag}"`);
    c.header("cache-control", `${visibility}, no-cache`);
    const known = c.req.header("if-none-match")?.split(",") ?? [];
    return known.some((entry) => ["*", `"${tag}"`].includes(entry.trim().replace(/^W\//, "")));
  };

  return createRouter()
    .openapi(thumbnailRoute, async (c) => {
      const { name, file } = await openImage(c, c.req.valid("param").id);
      if (isCached(c, `${file.tag}-${thumbnailSize}`)) {
        await file.close();
        return c.body(null, 304);
      }
      const bytes = await thumbnails.get(name, file, clientSignal(c)).catch((error) => {
        if (!isPlumageError(error) || error.code !== "bad-image") throw error;
        throw new NotFound(`the item's image file is damaged or too large: ${error.message}`);
      });
      return c.body(bytes, 200, { "content-type": "image/webp" });
    })
    .openapi(imageRoute, async (c) => {
      const { file } = await openImage(c, c.req.valid("param").id);
      try {
        if (isCached(c, file.tag)) {
          await file.close();
          return c.body(null, 304);
        }
        const start = await readStart(file);
        const headers = {
          "content-type": contentType(start),
          "content-length": String(file.bytes),
        };
        if (c.req.method !== "HEAD") return c.body(streamFile(file, start), 200, headers);
        await file.close();
        return c.body(null, 200, headers);
      } catch (error) {
        await file.close();
        throw error;
      }
    });
}

/** The type of the content: a file's extension may be wrong, and the file may have changed. */
function contentType(start: Uint8Array): string {
  try {
    return `image/${imageFormat(start).toLowerCase()}`;
  } catch {
    throw new NotFound("the item's file is no longer an image");
  }
}
