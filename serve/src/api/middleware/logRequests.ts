/** Logs each request at level info. */
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Logger } from "pino";

export const logRequests =
  (log: Logger): MiddlewareHandler =>
  async (c, next) => {
    const start = performance.now();
    await next();
    const milliseconds = Math.round(performance.now() - start);
    const { method, path } = c.req;
    log.info(
      { method, path, route: routePath(c, -1), status: c.res.status, milliseconds },
      "request",
    );
  };
