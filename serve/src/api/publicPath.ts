/** The path below which a proxy publishes the server, such as "/gallery". */
import type { Context } from "hono";
import { getPath } from "hono/utils/url";

/** A path of plain segments, without a slash at the end; "" for the root. */
export const pathPrefixPattern = /^(\/(?!\.+(?:\/|$))[\w.~-]+)*$/;

/**
 * The prefix that a proxy took off, from X-Forwarded-Prefix; undefined without a valid one. Proxies
 * in a row append theirs.
 */
function forwardedPrefix(header: string | null | undefined): string | undefined {
  const parts = header?.split(",").map((part) => part.trim().replace(/\/$/, ""));
  const prefix = parts?.join("");
  return prefix !== undefined && pathPrefixPattern.test(prefix) ? prefix : undefined;
}

/** The prefix of links in an answer. */
export const publicPrefix = ({ req }: Context, basePath: string): string =>
  forwardedPrefix(req.header("x-forwarded-prefix")) ?? basePath;

/**
 * The path that is routed: without the prefix, whether or not the proxy took it off. Probes that
 * ask the server itself use no prefix.
 */
export const routedPath =
  (basePath: string) =>
  (request: Request): string => {
    const path = getPath(request);
    const prefix = forwardedPrefix(request.headers.get("x-forwarded-prefix")) || basePath;
    return prefix && `${path}/`.startsWith(`${prefix}/`) ? path.slice(prefix.length) || "/" : path;
  };
