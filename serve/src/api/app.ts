/** The HTTP API as a Hono app, without a socket: middleware, routes, and the OpenAPI document. */
import { neighborsOf } from "../neighbors/galleryNeighbors.ts";
import { docsPage } from "./docsPage.ts";
import { requireToken } from "./middleware/access.ts";
import { checkHost } from "./middleware/hosts.ts";
import { dropUnreadBody, limitBody } from "./middleware/limitBody.ts";
import { logRequests } from "./middleware/logRequests.ts";
import { refuseOtherMethods } from "./middleware/methodNotAllowed.ts";
import { Metrics } from "./middleware/metrics.ts";
import { allowOrigins, refuseForeignWrites } from "./middleware/origins.ts";
import { docsPolicy, securityHeaders } from "./middleware/securityHeaders.ts";
import { handleError } from "./problems/handleError.ts";
import { problem } from "./problems/problem.ts";
import { publicPrefix, routedPath } from "./publicPath.ts";
import { createRouter, type ServeContext } from "./routes/context.ts";
import { duplicateRoutes } from "./routes/duplicates.ts";
import { imageRoutes } from "./routes/images.ts";
import { itemRoutes } from "./routes/items.ts";
import { monitoringRoutes } from "./routes/monitoring.ts";
import { searchRoutes } from "./routes/search.ts";
import { UploadBudget } from "./upload/uploadBudget.ts";

/** Memory for the bodies of all requests in flight. */
const maxUploadBytes = 128 * 2 ** 20;

/** Creates the API; nothing listens yet. */
export function createApp(context: ServeContext) {
  const { models, access, basePath, log } = context;
  const uploads = new UploadBudget(maxUploadBytes);
  const metrics = new Metrics({
    waiting: () => ({
      // All readers share their queues.
      reader: models[0].reader.waiting,
      embedder: models.reduce((sum, { embedder }) => sum + embedder.waiting, 0),
    }),
    uploadBytes: () => uploads.used,
    items: new Map(models.map(({ name, collection }) => [name, () => collection.size()])),
  });
  for (const { embedder } of models) embedder.onBatch = (size) => metrics.batch(size);

  const neighborsIn = neighborsOf(models.map(({ collection }) => collection));

  const app = createRouter({ getPath: routedPath(basePath) });
  app.use(metrics.requests, logRequests(log), dropUnreadBody, limitBody);
  app.use(
    securityHeaders,
    checkHost(access),
    allowOrigins(access),
    refuseForeignWrites(access),
    requireToken(access),
    uploads.reserve,
  );
  app.onError((error, c) => handleError(error, c, log));
  app.notFound((c) => {
    const docs = `${publicPrefix(c, basePath)}/docs`;
    return problem(c, 404, `there is nothing at ${c.req.path}`, `see ${docs}`);
  });
  // The page's links are relative to its folder.
  // As middleware: as a route it would make "/" a path of the API, with a 405 in front of the page.
  app.use("/", (c, next) =>
    basePath && new URL(c.req.url).pathname === basePath
      ? Promise.resolve(c.redirect(`${basePath}/`, 308))
      : next(),
  );

  const api = app
    .route("/", searchRoutes(context, metrics))
    .route("/", itemRoutes(context, neighborsIn))
    .route("/", duplicateRoutes(context, neighborsIn))
    .route("/", imageRoutes(context))
    .route("/", monitoringRoutes(context, metrics));
  // Built once: it takes longer than one answer should block the event loop.
  const document = api.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Plumage", version: "1", description: "Image search with an ONNX embedder." },
  });
  const documentFields = JSON.stringify(document).slice(1);
  const docs = docsPage(document);
  app.get("/openapi.json", (c) => {
    const servers = JSON.stringify([{ url: publicPrefix(c, basePath) || "/" }]);
    const json = `{"servers":${servers},${documentFields}`;
    return c.body(json, 200, { "content-type": "application/json" });
  });
  app.get("/docs", (c) => c.html(docs, 200, { "content-security-policy": docsPolicy }));
  refuseOtherMethods(api);
  return api;
}
/** The types of the API, for Hono's typed client. */
export type AppType = ReturnType<typeof createApp>;
