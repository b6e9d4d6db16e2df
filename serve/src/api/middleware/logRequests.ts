/** Logs each request at level info. */
import type { MiddlewareHandler } from "hono";
import type { Logger } from "pino";
import { routeOf } from "./routeOf.ts";

export const logRequests =
  (log: Logger): MiddlewareHandler =>
  async (c, next) => {
    const start = performance.now();
    await next();
    const milliseconds = Math.round(performance.now() - start);
    const { method, path } = c.req;
    log.info({ method, path, route: routeOf(c), status: c.res.status, milliseconds }, "request");
  };
