import { Hono } from "hono";
import { expect, test } from "vitest";
import { routeOf } from "./routeOf.ts";

const routes: string[] = [];
const app = new Hono()
  .use(async (c, next) => {
    await next();
    routes.push(routeOf(c));
  })
  .get("/items/:id", (c) => c.text("item"))
  .all("/items/:id", (c) => c.text("not allowed", 405))
  .use("/*", (c, next) => (c.req.path === "/index.html" ? Promise.resolve(c.text("")) : next()));

test.each([
  ["GET", "/items/gull", "/items/:id"],
  ["PUT", "/items/gull", "/items/:id"],
  ["GET", "/index.html", "/*"],
  ["GET", "/nowhere", "/*"],
])("names the route of %s %s, with a page behind the routes", async (method, path, route) => {
  await app.request(path, { method });
  expect(routes.at(-1)).toBe(route);
});
