/** For which host names a server without a token answers: a guard against DNS rebinding. */
import type { MiddlewareHandler } from "hono";
import { problem } from "../problems/problem.ts";
import type { Access } from "./access.ts";

/** Whether a name or an address (in a URL, IPv6 with brackets) always means this machine. */
export const isLoopback = (host: string): boolean =>
  /^((.+\.)?localhost\.?|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

/** Whether the host of a URL is an address, which DNS cannot direct to another machine. */
const isAddress = (hostname: string): boolean => /^(\[.*\]|\d+(\.\d+){3})$/.test(hostname);

/**
 * Refuses requests for other host names. A foreign page whose name is directed to this machine has
 * the server's origin for a browser, and could read and change the gallery.
 */
export const checkHost =
  ({ token, protect, hosts, anyAddress }: Access): MiddlewareHandler =>
  async (c, next) => {
    const { hostname } = new URL(c.req.url);
    const isAllowed =
      (token !== undefined && protect !== "nothing") ||
      isLoopback(hostname) ||
      hosts.includes(hostname) ||
      (anyAddress && isAddress(hostname));
    if (isAllowed) return next();
    return problem(
      c,
      403,
      `this server does not answer for the host name ${hostname}`,
      `start it with --hosts ${hostname}, or with a token`,
    );
  };
