/** The gallery's items: list, add, get, delete. */
import { createRoute } from "@hono/zod-openapi";
import type { NeighborsIn } from "../../neighbors/galleryNeighbors.ts";
import { clientSignal } from "../operations/clientSignal.ts";
import { newItems } from "../operations/newItems.ts";
import { suspectPage } from "../operations/suspectPage.ts";
import { NotFound } from "../problems/errors.ts";
import { newItemsBody } from "../schemas/bodies.ts";
import { itemRequest } from "../schemas/fields.ts";
import {
  addedItemsSchema,
  itemSchema,
  listQuerySchema,
  newItemParamsSchema,
  pageSchema,
} from "../schemas/items.ts";
import { commonProblems, jsonResponse, problems, uploadProblems } from "../schemas/responses.ts";
import { parseParams, readUpload } from "../upload/readUpload.ts";
import { chosenModel, createRouter, findItem, linksTo, type ServeContext } from "./context.ts";
import { itemJson } from "./itemJson.ts";

const listRoute = createRoute({
  method: "get",
  path: "/items",
  summary: "List the gallery, or what looks mislabeled in it, page by page.",
  request: { query: listQuerySchema },
  responses: {
    200: jsonResponse(pageSchema, "Items in the order in which they were added, or suspects."),
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
  request: itemRequest,
  responses: { 200: jsonResponse(itemSchema, "The item."), ...commonProblems, ...problems(404) },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/items/{id}",
  summary: "Delete an item, and its image if it was uploaded.",
  request: itemRequest,
  responses: {
    204: { description: "The item is deleted." },
    ...commonProblems,
    ...problems(404, 507),
  },
});

export function itemRoutes(context: ServeContext, neighborsIn: NeighborsIn) {
  const { models } = context;
  return createRouter()
    .openapi(listRoute, async (c) => {
      const { after, limit, suspect } = c.req.valid("query");
      const model = chosenModel(models, c);
      const { collection } = model;
      if (suspect) {
        const compared = await neighborsIn(collection).get(clientSignal(c));
        const { present, total, next } = await suspectPage(collection, compared, after, limit);
        const links = linksTo(model, context, c);
        const items = present.map(({ item, wanted }) => ({
          ...itemJson(item, links),
          suspect: wanted.suspicion,
        }));
        return c.json({ items, total, next }, 200);
      }
      const [page, total] = await Promise.all([collection.page(after, limit), collection.size()]);
      const last = page.at(-1)?.key ?? after;
      // A page that is limited by its bytes may be short without being the last.
      const isLast = page.length < limit && (await collection.page(last, 1)).length === 0;
      const next = isLast ? null : last;
      const links = linksTo(model, context, c);
      return c.json({ items: page.map((item) => itemJson(item, links)), total, next }, 200);
    })
    .openapi(addRoute, async (c) => {
      const upload = await readUpload(c);
      const params = parseParams(newItemParamsSchema, c, upload.fields);
      const model = chosenModel(models, c, upload.fields);
      const items = await newItems(upload, params, model, clientSignal(c));
      const added = await model.collection.put(items);
      const links = linksTo(model, context, c);
      return c.json({ items: added.map((item) => itemJson(item, links)) }, 201);
    })
    .openapi(deleteRoute, async (c) => {
      const { id } = c.req.valid("param");
      const { collection } = chosenModel(models, c);
      if ((await collection.remove([id])) === 0) throw new NotFound(`there is no item "${id}"`);
      return c.body(null, 204);
    })
    .openapi(getRoute, async (c) => {
      const { id } = c.req.valid("param");
      const model = chosenModel(models, c);
      const item = await findItem(model.collection, id);
      return c.json(itemJson(item, linksTo(model, context, c)), 200);
    });
}
