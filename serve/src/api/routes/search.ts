/** POST /search, POST /embed and GET /items/{id}/similar. */
import { createHash } from "node:crypto";
import { createRoute } from "@hono/zod-openapi";
import type { Metrics } from "../middleware/metrics.ts";
import { clientSignal } from "../operations/clientSignal.ts";
import { nearestDiverse } from "../operations/nearestDiverse.ts";
import { searchByExample } from "../operations/searchByExample.ts";
import { NotFound } from "../problems/errors.ts";
import { imageBody, searchBody } from "../schemas/bodies.ts";
import { idParamSchema, modelQuerySchema } from "../schemas/fields.ts";
import { commonProblems, jsonResponse, problems, uploadProblems } from "../schemas/responses.ts";
import {
  diversitySchema,
  embeddingSchema,
  kSchema,
  resultsSchema,
  searchParamsSchema,
  searchResultsSchema,
} from "../schemas/search.ts";
import { parseParams, readUpload } from "../upload/readUpload.ts";
import { chosenModel, createRouter, linksTo, modelJson, type ServeContext } from "./context.ts";
import { resultsJson } from "./itemJson.ts";

const searchRoute = createRoute({
  method: "post",
  path: "/search",
  summary: "Find the most similar images, by one image, several examples or a text.",
  request: { query: searchParamsSchema },
  requestBody: searchBody,
  responses: {
    200: jsonResponse(searchResultsSchema, "The nearest items, best first."),
    ...uploadProblems,
    ...problems(404),
  },
});

const embedRoute = createRoute({
  method: "post",
  path: "/embed",
  summary: "Embed an image.",
  request: { query: modelQuerySchema },
  requestBody: imageBody,
  responses: { 200: jsonResponse(embeddingSchema, "A vector of unit length."), ...uploadProblems },
});

const similarRoute = createRoute({
  method: "get",
  path: "/items/{id}/similar",
  summary: "Find the items most similar to an item, without the item itself.",
  request: {
    params: idParamSchema,
    query: modelQuerySchema.extend({ k: kSchema, diversity: diversitySchema }),
  },
  responses: {
    200: jsonResponse(resultsSchema, "The nearest items, best first."),
    ...commonProblems,
    ...problems(404),
  },
});

export function searchRoutes(context: ServeContext, metrics: Metrics) {
  const { models } = context;
  return createRouter()
    .openapi(searchRoute, async (c) => {
      const start = performance.now();
      const upload = await readUpload(c, true);
      const params = parseParams(searchParamsSchema, c, upload.fields);
      const model = chosenModel(models, c, upload.fields);
      const found = await searchByExample(upload, params, model, clientSignal(c));
      const { ranked, text } = found;
      const timings = { ...found.timings, total: performance.now() - start };
      metrics.stages(timings);
      const results = resultsJson(ranked, linksTo(model, context, c));
      const named = { results, timings, model: modelJson(model) };
      return c.json(text ? { ...named, text } : named, 200);
    })
    .openapi(embedRoute, async (c) => {
      const { images, fields } = await readUpload(c);
      const model = chosenModel(models, c, fields);
      const signal = clientSignal(c);
      const { pixels } = await model.reader.read(images[0]!, { signal });
      const pixelsSha256 = createHash("sha256").update(pixels).digest("hex");
      const { embedding } = await model.embedder.embed(pixels, signal);
      return c.json(
        { embedding: Array.from(embedding), pixelsSha256, model: modelJson(model) },
        200,
      );
    })
    .openapi(similarRoute, async (c) => {
      const { id } = c.req.valid("param");
      const model = chosenModel(models, c);
      const [embedding] = await model.collection.embeddings([id]);
      if (!embedding) throw new NotFound(`there is no item "${id}"`);
      const { k, diversity } = c.req.valid("query");
      const options = { k, diversity, exclude: new Set([id]) };
      const ranked = await nearestDiverse(embedding, model, options);
      const results = resultsJson(ranked, linksTo(model, context, c));
      return c.json({ results, model: modelJson(model) }, 200);
    });
}
