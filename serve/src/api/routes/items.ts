/** The gallery's items: list, add, get, delete. */
import { createRoute } from "@hono/zod-openapi";
import { clientSignal } from "../operations/clientSignal.ts";
import { newItems } from "../operations/newItems.ts";
import { NotFound } from "../problems/errors.ts";
import { publicPrefix } from "../publicPath.ts";
import { newItemsBody } from "../schemas/bodies.ts";
import { idParamSchema } from "../schemas/fields.ts";
import {
  addedItemsSchema,
  itemSchema,
  newItemParamsSchema,
  pageQuerySchema,
  pageSchema,
} from "../schemas/items.ts";
import { commonProblems, jsonResponse, problems, uploadProblems } from "../schemas/responses.ts";
import { parseParams, readUpload } from "../upload/readUpload.ts";
import { createRouter, findItem, type ServeContext } from "./context.ts";
import { itemJson } from "./itemJson.ts";

const listRoute = createRoute({
  method: "get",
  path: "/items",
  summary: "List the gallery, page by page.",
  request: { query: pageQuerySchema },
  responses: {
    200: jsonResponse(pageSchema, "Items in the order in which they were added."),
    ...commonProblems,
  },
});

const addRoute = createRoute({
  method: "post",
  path: "/items",
  summary: "Add images, all or none. An existing id is replaced.",
  request: { query: newItemParamsSchema },
  requestBody: newItemsBody,
  responses: {
    201: jsonResponse(addedItemsSchema, "The new items, which are on disk."),
    ...uploadProblems,
    ...problems(507),
  },
});

const getRoute = createRoute({
  method: "get",
  path: "/items/{id}",
  summary: "Get an item.",
  request: { params: idParamSchema },
  responses: { 200: jsonResponse(itemSchema, "The item."), ...commonProblems, ...problems(404) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/items/{id}",
  summary: "Delete an item, and its image if it was uploaded.",
  request: { params: idParamSchema },
  responses: {
    204: { description: "The item is deleted." },
    ...commonProblems,
    ...problems(404, 507),
  },
});

export function itemRoutes(context: ServeContext) {
  const { collection, basePath } = context;
  return createRouter()
    .openapi(listRoute, async (c) => {
      const { after, limit } = c.req.valid("query");
      const [page, total] = await Promise.all([collection.page(after, limit), collection.size()]);
      const last = page.at(-1)?.key ?? after;
      // A page that is limited by its bytes may be short without being the last.
      const isLast = page.length < limit && (await collection.page(last, 1)).length === 0;
      const next = isLast ? null : last;
      const prefix = publicPrefix(c, basePath);
      return c.json({ items: page.map((item) => itemJson(item, prefix)), total, next }, 200);
    })
    .openapi(addRoute, async (c) => {
      const upload = await readUpload(c);
      const params = parseParams(newItemParamsSchema, c, upload.fields);
      const added = await collection.put(await newItems(upload, params, context, clientSignal(c)));
      const prefix = publicPrefix(c, basePath);
      return c.json({ items: added.map((item) => itemJson(item, prefix)) }, 201);
    })
    .openapi(deleteRoute, async (c) => {
      const { id } = c.req.valid("param");
      if ((await collection.remove([id])) === 0) throw new NotFound(`there is no item "${id}"`);
      return c.body(null, 204);
    })
    .openapi(getRoute, async (c) => {
      const { id } = c.req.valid("param");
      return c.json(itemJson(await findItem(collection, id), publicPrefix(c, basePath)), 200);
    });
}
