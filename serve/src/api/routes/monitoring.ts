/** Health probes and metrics. */

import type { Metrics } from "../middleware/metrics.ts";
import { createRouter, modelJson, type ServeContext } from "./context.ts";

export function monitoringRoutes({ models }: ServeContext, metrics: Metrics) {
  return createRouter()
    .get("/healthz", (c) => c.json({ status: "alive" }))
    .get("/readyz", async (c) => {
      const ready = await Promise.all(
        models.map(async (model) => ({
          name: model.name,
          items: await model.collection.size(),
          model: modelJson(model),
        })),
      );
      const { items, model } = ready[0]!;
      return c.json({
        status: "ready",
        items,
        model,
        ...(ready.length > 1 ? { models: ready } : {}),
      });
    })
    .get("/metrics", async (c) =>
      c.body(await metrics.text(), 200, { "content-type": metrics.contentType }),
    );
}
