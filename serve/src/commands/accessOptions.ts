/** Access rules from the command line and the environment. */
import { PlumageError } from "@plumage/models";
import { z } from "zod";
import type { Access } from "../api/middleware/access.ts";
import { isLoopback } from "../api/middleware/hosts.ts";

/** Text that an Authorization header can carry: visible ASCII. */
const tokenPattern = /^[!-~]+$/;

export interface AccessOptions {
  /** The address that the server listens on. */
  readonly host: string;
  readonly protect: Access["protect"] | undefined;
  readonly origins: readonly string[];
  readonly hosts: readonly string[];
}

/**
 * By default, changes require the token, unless only this machine can reach the server and there is
 * no token.
 *
 * @param token the value of PLUMAGE_TOKEN
 * @throws PlumageError "bad-input" for --protect everything without a token, or for a token that no
 *   client can send
 */
export function accessOf(
  { host, protect, origins, hosts }: AccessOptions,
  token: string | undefined,
): Access {
  if (protect === "everything" && !token) {
    throw new PlumageError(
      "bad-input",
      "--protect everything requires a token",
      "set PLUMAGE_TOKEN",
    );
  }
  if (token && !tokenPattern.test(token)) {
    throw new PlumageError(
      "bad-input",
      "PLUMAGE_TOKEN has characters that a request cannot carry",
      "use ASCII letters, digits and punctuation, without spaces and line breaks",
    );
  }
  return {
    token: token || undefined,
    protect: protect ?? (isLoopback(host) && !token ? "nothing" : "writes"),
    origins,
    hosts: [...hosts, host.toLowerCase()],
    anyAddress: !isLoopback(host),
  };
}

/** What to print at start if other machines can change the gallery without a token. */
export const openWritesWarning = ({ host }: { readonly host: string }, { protect }: Access) =>
  protect === "nothing" && !isLoopback(host)
    ? `warning: everyone who can reach ${host} may add and delete images - ` +
      "set PLUMAGE_TOKEN, and leave --protect out"
    : undefined;

const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((entry) => entry.trim())
    .filter(Boolean);

/** A comma-separated list of origins, such as "https://a.example, http://b.example:8080". */
export const originsSchema = z.string().transform((text, context) =>
  listOf(text).map((entry) => {
    const url = URL.canParse(entry) ? new URL(entry) : undefined;
    if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
    context.addIssue(`"${entry}" is not an origin; write https://host or https://host:port`);
    return entry;
  }),
);

/** A comma-separated list of host names, without ports. */
export const hostsSchema = z.string().transform((text, context) =>
  listOf(text).map((entry) => {
    const url = URL.canParse(`http://${entry}/`) ? new URL(`http://${entry}/`) : undefined;
    if (url && url.href === `http://${url.hostname}/`) return url.hostname;
    context.addIssue(`"${entry}" is not a host name; write it without scheme and port`);
    return entry;
  }),
);
