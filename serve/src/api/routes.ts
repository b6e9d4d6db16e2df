/** Every route of the API as the OpenAPI document tells it. */
import { createRoute, z } from "@hono/zod-openapi";
import { textSchema } from "../collection/item.ts";
import { problemSchema } from "./problems/problem.ts";
import {
  addedSchema,
  embeddingSchema,
  imageBody,
  itemFormSchema,
  itemSchema,
  kSchema,
  newItemBody,
  pageQuerySchema,
  pageSchema,
  resultsSchema,
  searchBody,
  searchQuerySchema,
  searchSchema,
} from "./schemas.ts";

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
const webp = { description: "A WebP image.", content: { "image/webp": { schema: z.any() } } };
const anyImage = { description: "The image's file.", content: { "image/*": { schema: z.any() } } };
const idParameter = z.object({ id: textSchema.min(1).max(400) });
/**
 * What any request may meet: a word that cannot be used, a token that is missing, a gallery that
 * does not answer.
 */
const anyProblems = problems(400, 401, 403, 503);
/** What an upload may meet. */
const uploadProblems = { ...anyProblems, ...problems(413, 415, 422) };

export const searchRoute = createRoute({
  method: "post",
  path: "/search",
  summary: "Find the images most like this one, or like some and unlike others.",
  request: { query: searchQuerySchema },
  requestBody: searchBody,
  responses: {
    200: answer(searchSchema, "The nearest items, best first."),
    ...uploadProblems,
    ...problems(404),
  },
});
export const embedRoute = createRoute({
  method: "post",
  path: "/embed",
  summary: "The embedding of an image.",
  requestBody: imageBody,
  responses: { 200: answer(embeddingSchema, "A vector of unit length."), ...uploadProblems },
});
export const itemsRoute = createRoute({
  method: "get",
  path: "/items",
  summary: "The gallery, page by page.",
  request: { query: pageQuerySchema },
  responses: {
    200: answer(pageSchema, "Items in the order in which they were added."),
    ...anyProblems,
  },
});
export const addRoute = createRoute({
  method: "post",
  path: "/items",
  summary: "Add images to the gallery, all of them or none. Those of known ids are replaced.",
  request: { query: itemFormSchema },
  requestBody: newItemBody,
  responses: {
    201: answer(addedSchema, "The items as they are kept, on disk."),
    ...uploadProblems,
  },
});
export const itemRoute = createRoute({
  method: "get",
  path: "/items/{id}",
  summary: "An item of the gallery.",
  request: { params: idParameter },
  responses: { 200: answer(itemSchema, "The item."), ...anyProblems, ...problems(404) },
});
export const removeRoute = createRoute({
  method: "delete",
  path: "/items/{id}",
  summary: "Take an item out of the gallery.",
  request: { params: idParameter },
  responses: { 204: { description: "It is gone, on disk too." }, ...anyProblems, ...problems(404) },
});
export const similarRoute = createRoute({
  method: "get",
  path: "/items/{id}/similar",
  summary: "The images most like an item, without itself.",
  request: { params: idParameter, query: z.object({ k: kSchema }) },
  responses: {
    200: answer(resultsSchema, "The nearest items, best first."),
    ...anyProblems,
    ...problems(404),
  },
});
export const thumbnailRoute = createRoute({
  method: "get",
  path: "/items/{id}/thumbnail",
  summary: "An item's image within 128 x 128 pixels.",
  request: { params: idParameter },
  responses: { 200: webp, ...anyProblems, ...problems(404) },
});
export const imageRoute = createRoute({
  method: "get",
  path: "/items/{id}/image",
  summary: "An item's image.",
  request: { params: idParameter },
  responses: { 200: anyImage, ...anyProblems, ...problems(404) },
});
