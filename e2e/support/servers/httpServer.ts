/** Small HTTP servers of the tests' own. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpServer {
  /** With a slash at the end. */
  readonly url: string;
  /** Stops at once and cuts open connections. Does nothing the second time. */
  close(): Promise<void>;
}

/** Listens on a free port of localhost. */
export function listen(server: Server): Promise<HttpServer> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () =>
      resolve({
        url: `http://localhost:${(server.address() as AddressInfo).port}/`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      }),
    );
  });
}
