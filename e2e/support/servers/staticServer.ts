/** A plain static file server, with no API behind it: what any host of static files does. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";

const contentTypes: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
};

export interface StaticServer {
  /** With a slash at the end. */
  readonly url: string;
  /** Stops at once: open connections are cut. */
  close(): Promise<void>;
}

/** The file that a request path names, or nothing if it leads out of the folder. */
export function fileFor(folder: string, requestPath: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(requestPath);
  } catch {
    return undefined;
  }
  const path = normalize(join(folder, decoded.endsWith("/") ? `${decoded}index.html` : decoded));
  return path.startsWith(normalize(folder) + sep) && !decoded.includes("\0") ? path : undefined;
}

/** Serves a folder on localhost. Port 0 takes a free one. */
export function serveFolder(folder: string, port = 0): Promise<StaticServer> {
  const server = createServer(async (request, response) => {
    const path = fileFor(folder, new URL(request.url ?? "/", "http://localhost").pathname);
    const found = path ? await stat(path).catch(() => undefined) : undefined;
    if (!path || !found?.isFile()) {
      response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      return;
    }
    response.writeHead(200, {
      "content-type": contentTypes[extname(path)] ?? "application/octet-stream",
      "content-length": found.size,
    });
    if (request.method === "HEAD") response.end();
    else
      createReadStream(path)
        .on("error", () => response.destroy())
        .pipe(response);
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () =>
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
