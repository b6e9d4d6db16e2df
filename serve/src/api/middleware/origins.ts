/** Which pages may read answers, and change the gallery. */
import type { Context, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { problem } from "../problems/problem.ts";
import { type Access, isWrite } from "./access.ts";
import { isLoopback } from "./hosts.ts";

/** Whether an origin is this machine's, or one that the server was told. */
const isTrusted = (origin: string, { origins }: Access): boolean =>
  origins.includes(origin) || (URL.canParse(origin) && isLoopback(new URL(origin).hostname));

/** Lets the pages of trusted origins read answers (CORS). */
export const allowOrigins = (access: Access): MiddlewareHandler =>
  cors({ origin: (origin) => (isTrusted(origin, access) ? origin : null) });

/**
 * Refuses changes that a foreign page requests. Browsers send simple requests, such as forms and
 * `no-cors` bodies, without asking; the page cannot read the answer, but the change is made.
 */
export const refuseForeignWrites =
  (access: Access): MiddlewareHandler =>
  async (c, next) => {
    if (!isWrite(c.req.method, c.req.path) || !isForeign(c, access)) return next();
    const origin = c.req.header("origin");
    const page = origin && origin !== "null" ? `pages of ${origin}` : "foreign pages";
    return problem(c, 403, `${page} may not change the gallery`, "allow them with --origins");
  };

function isForeign({ req }: Context, access: Access): boolean {
  const origin = req.header("origin");
  if (origin === undefined) return req.header("sec-fetch-site") === "cross-site";
  if (!URL.canParse(origin)) return true;
  // A proxy in front may have TLS, so that schemes differ.
  return new URL(origin).host !== new URL(req.url).host && !isTrusted(origin, access);
}
