/** Runs the HTTP server: listening, and a graceful stop. */
import { once } from "node:events";
import type { Server } from "node:http";
import { isIPv6 } from "node:net";
import { PlumageError } from "@plumage/models";
import { createHttpServer, type Fetch, problemResponse } from "./createHttpServer.ts";

/** Time for answers in flight to finish after the server was told to stop. */
const graceMs = 5_000;

export interface Address {
  /** A name or an address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Serves until the signal aborts, then finishes the requests in flight.
 *
 * @param onListening called once the port is open
 * @throws PlumageError "unavailable" if the address cannot be used
 */
export async function runServer(
  fetch: Fetch,
  { host, port }: Address,
  signal: AbortSignal,
  onListening: () => Promise<void>,
): Promise<void> {
  // Connections outlive server.close(): a request on one of them is refused.
  const server = createHttpServer((request, env) =>
    signal.aborted ? problemResponse(503, "the server is stopping") : fetch(request, env),
  );
  const failed = new Promise<never>((_, reject) => {
    server.once("error", (error) => reject(listenError(error, { host, port })));
  });
  server.listen(port, host);
  await Promise.race([once(server, "listening"), failed]);
  await onListening();
  await Promise.race([signal.aborted ? undefined : once(signal, "abort"), failed]);
  await stop(server);
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
  server.closeAllConnections();
}

/** Where the server can be reached; an IPv6 address needs brackets in a URL (RFC 3986, 3.2.2). */
export const urlOf = (address: Address): string => `http://${authorityOf(address)}/`;

const authorityOf = ({ host, port }: Address): string =>
  `${isIPv6(host) ? `[${host.replace("%", "%25")}]` : host}:${port}`;

function listenError(error: NodeJS.ErrnoException, address: Address): PlumageError {
  if (error.code === "EADDRINUSE") {
    const message = `port ${address.port} is in use`;
    return new PlumageError("unavailable", message, "choose another with --port");
  }
  const [reason, hint] = listenErrors[error.code ?? ""] ?? [error.code ?? error.message];
  return new PlumageError(
    "unavailable",
    `cannot listen on ${authorityOf(address)}: ${reason}`,
    hint,
  );
}

/** Reason and hint by error code. Node's messages write IPv6 addresses without brackets. */
const listenErrors: Partial<Record<string, readonly [string, string]>> = {
  EACCES: ["permission denied", "choose a port above 1023 with --port"],
  EADDRNOTAVAIL: ["this machine does not have the address", "choose another with --host"],
  EAFNOSUPPORT: ["this machine does not support IPv6", "choose an IPv4 address with --host"],
  EINVAL: ["the address is not valid", "add the interface, as in fe80::1%eth0"],
  ENOTFOUND: ["the name is unknown", "choose another with --host"],
};
