/** Access rules from the command line and the environment. */
import { PlumageError } from "@plumage/models";
import type { Access } from "../api/middleware/access.ts";

export interface AccessOptions {
  readonly host: string;
  readonly protect: Access["protect"] | undefined;
  readonly origins: readonly string[];
}

/**
 * By default, changes require the token, unless only this machine can reach the server and there is
 * no token.
 *
 * @param token the value of PLUMAGE_TOKEN
 * @throws PlumageError "bad-input" for --protect everything without a token
 */
export function accessOf(
  { host, protect, origins }: AccessOptions,
  token: string | undefined,
): Access {
  const isLocal = ["127.0.0.1", "::1", "localhost"].includes(host);
  if (protect === "everything" && !token) {
    throw new PlumageError(
      "bad-input",
      "--protect everything requires a token",
      "set PLUMAGE_TOKEN",
    );
  }
  return {
    token: token || undefined,
    protect: protect ?? (isLocal && !token ? "nothing" : "writes"),
    origins,
  };
}
