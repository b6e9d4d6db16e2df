/** The route that a request belongs to, for metrics and the log. */
import type { Context } from "hono";
import { matchedRoutes } from "hono/route";

/**
 * The pattern of the route, such as "/items/:id"; "/*" for the page's files and unknown paths. What
 * matches every path, before or behind the routes, is middleware.
 */
export const routeOf = (context: Context): string =>
  matchedRoutes(context)
    .map(({ path }) => path)
    .findLast((path) => path !== everyPath) ?? everyPath;

const everyPath = "/*";
