/** Health probes and metrics. */

import type { Metrics } from "../middleware/metrics.ts";
import { createRouter, modelJson, type ServeContext } from "./context.ts";

export function monitoringRoutes(context: ServeContext, metrics: Metrics) {
  const model = modelJson(context);
  return createRouter()
    .get("/healthz", (c) => c.json({ status: "alive" }))
    .get("/readyz", async (c) =>
      c.json({ status: "ready", items: await context.collection.size(), model }),
    )
    .get("/metrics", async (c) =>
      c.body(await metrics.text(), 200, { "content-type": metrics.contentType }),
    );
}
