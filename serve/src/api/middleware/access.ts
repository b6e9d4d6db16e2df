/** Which routes require the bearer token. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { problem } from "../problems/problem.ts";

/** What --protect accepts; "nothing" is meant for a server that only its own machine can reach. */
export const protections = ["nothing", "writes", "everything"] as const;

export interface Access {
  readonly token: string | undefined;
  readonly protect: (typeof protections)[number];
  /** Origins, besides this machine's own, whose pages may read answers (CORS). */
  readonly origins: readonly string[];
  /** Host names, besides this machine's own, for which a server without a token answers. */
  readonly hosts: readonly string[];
  /** Whether it also answers for any address. */
  readonly anyAddress: boolean;
}

export const isWrite = (method: string, path: string): boolean =>
  method !== "GET" && method !== "HEAD" && path.startsWith("/items");
/** Health probes come without a token. */
const publicPaths = new Set(["/healthz", "/readyz"]);
const digest = (text: string) => createHash("sha256").update(text).digest();

/** The token in an Authorization header: as bearer token, or as password of a browser's login. */
function sentToken(authorization: string): string | undefined {
  const [, scheme = "", value = ""] = /^(Bearer|Basic) +(.+)$/i.exec(authorization) ?? [];
  if (scheme.toLowerCase() !== "basic") return value || undefined;
  return /^[^:]*:(.*)$/.exec(Buffer.from(value, "base64").toString())?.[1];
}

/**
 * Makes a browser ask for a name, which does not matter, and a password (RFC 7617). It is alone:
 * Chromium takes several challenges in one header for a single one, of the first scheme.
 */
const login = 'Basic realm="Plumage: the token is the password"';

/** Rejects requests without the token: 401 if there is one, 403 if the server has none. */
export const requireToken =
  ({ token, protect }: Access): MiddlewareHandler =>
  async (c, next) => {
    const { method, path } = c.req;
    const isPublic = publicPaths.has(path) || method === "OPTIONS";
    const isProtected =
      protect === "everything" ? !isPublic : protect === "writes" && isWrite(method, path);
    if (!isProtected) return next();
    if (token === undefined) {
      return problem(
        c,
        403,
        "this server does not accept changes",
        "start it with PLUMAGE_TOKEN=..., and send that token",
      );
    }
    const sent = sentToken(c.req.header("authorization") ?? "");
    // timingSafeEqual requires equal lengths, which digests have.
    if (sent !== undefined && timingSafeEqual(digest(sent), digest(token))) return next();
    c.header("www-authenticate", protect === "everything" ? login : "Bearer");
    return problem(
      c,
      401,
      sent === undefined ? "this route requires the server's token" : "the token is wrong",
      "send the header: Authorization: Bearer TOKEN",
    );
  };
