/** Who may do what: a bearer token for writes, or for everything. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { problem } from "../problems/problem.ts";

/** What asks for the token; "nothing" is for a server that only its own machine can reach. */
export const protections = ["nothing", "writes", "everything"] as const;

export interface Access {
  readonly token: string | undefined;
  readonly protect: (typeof protections)[number];
  /** Pages of other origins that may read answers, beside those of this machine. */
  readonly origins: readonly string[];
}

const writes = (method: string, path: string): boolean =>
  method !== "GET" && method !== "HEAD" && path.startsWith("/items");
/** What a machine that watches over the server asks for. */
const alwaysOpen = new Set(["/healthz", "/readyz"]);
const digest = (text: string) => createHash("sha256").update(text).digest();

export const guard =
  ({ token, protect }: Access): MiddlewareHandler =>
  async (c, next) => {
    const { method, path } = c.req;
    const isOpen = alwaysOpen.has(path) || method === "OPTIONS";
    const asked = protect === "everything" ? !isOpen : protect === "writes" && writes(method, path);
    if (!asked) return next();
    if (token === undefined) {
      return problem(
        c,
        403,
        "this server takes no changes",
        "start it with PLUMAGE_TOKEN=..., and send that token",
      );
    }
    const given = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
    // Digests are of one length, and are compared in one time.
    if (given !== undefined && timingSafeEqual(digest(given), digest(token))) return next();
    c.header("www-authenticate", "Bearer");
    return problem(
      c,
      401,
      "this needs the server's token",
      "send it as: Authorization: Bearer TOKEN",
    );
  };
