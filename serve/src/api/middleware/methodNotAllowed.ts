/** 405 for a known path with a method that it does not support. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { problem } from "../problems/problem.ts";

/** Call it after all routes are registered. */
export function refuseOtherMethods(api: Pick<OpenAPIHono, "routes" | "all">): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of api.routes) {
    if (method !== "ALL") methods.set(path, (methods.get(path) ?? new Set()).add(method));
  }
  for (const [path, known] of methods) {
    const allowed = [...known].join(", ");
    api.all(path, (c) => {
      c.header("allow", allowed);
      return problem(c, 405, `${c.req.path} does not support ${c.req.method}`, `use ${allowed}`);
    });
  }
}
