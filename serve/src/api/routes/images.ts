/** An item's image and thumbnail. */
import { createRoute } from "@hono/zod-openapi";
import { LRUCache } from "lru-cache";
import type { CollectionItem } from "../../collection/item.ts";
import { thumbnail } from "../../images/thumbnail.ts";
import { NotFound } from "../problems/errors.ts";
import { idParamSchema } from "../schemas/fields.ts";
import { commonProblems, imageResponse, problems } from "../schemas/responses.ts";
import { inChunks } from "../upload/body.ts";
import { createRouter, findItem, type ServeContext } from "./context.ts";

const thumbnailRoute = createRoute({
  method: "get",
  path: "/items/{id}/thumbnail",
  summary: "Get an item's thumbnail, at most 128 x 128 pixels.",
  request: { params: idParamSchema },
  responses: {
    200: imageResponse("image/webp", "A WebP image."),
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
    ...commonProblems,
    ...problems(404),
  },
});

const thumbnailSize = 128;
const cachedThumbnails = 4096;

export function imageRoutes({ collection, access }: ServeContext) {
  /** By key: an item that is replaced, by any instance, gets a new one. */
  const thumbnails = new LRUCache<number, Buffer>({ max: cachedThumbnails });
  // Answers that require a token must not enter shared caches.
  const visibility = access.protect === "everything" ? "private" : "public";

  /** A file may disappear while the server runs: 404 for the item, not an error of the server. */
  const readImage = async (item: CollectionItem): Promise<Uint8Array<ArrayBuffer>> => {
    const image = await collection.image(item);
    if (!image) throw new NotFound("the item's image file is gone");
    return image;
  };
  const readThumbnail = async (item: CollectionItem): Promise<Buffer> => {
    const cached = thumbnails.get(item.key);
    if (cached) return cached;
    const made = await thumbnail(await readImage(item), thumbnailSize).catch(() => {
      throw new NotFound("the item's image file is damaged");
    });
    thumbnails.set(item.key, made);
    return made;
  };

  return createRouter()
    .openapi(thumbnailRoute, async (c) => {
      const item = await findItem(collection, c.req.valid("param").id);
      const bytes = await readThumbnail(item);
      c.header("cache-control", `${visibility}, max-age=3600`);
      return c.body(new Uint8Array(bytes), 200, { "content-type": "image/webp" });
    })
    .openapi(imageRoute, async (c) => {
      const item = await findItem(collection, c.req.valid("param").id);
      const bytes = await readImage(item);
      const headers = {
        "content-type": contentType(item.path),
        "content-length": String(bytes.length),
      };
      return c.body(inChunks(bytes), 200, headers);
    });
}

const knownExtensions = ["jpg", "jpeg", "png", "webp", "gif", "avif"];

function contentType(path: string): string {
  const extension = path.split(".").at(-1)!.toLowerCase();
  if (!knownExtensions.includes(extension)) return "image/png";
  return `image/${extension === "jpg" ? "jpeg" : extension}`;
}
