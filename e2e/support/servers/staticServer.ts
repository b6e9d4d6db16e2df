/** A plain static file server with no API, as any host of static files is. */
import { createServer } from "node:http";
import sirv from "sirv";
import { type HttpServer, listen } from "./httpServer.ts";

/** Serves a folder on a free port of localhost. */
export function serveFolder(folder: string): Promise<HttpServer> {
  // `dev` looks files up at each request, so that a test can add some.
  const serve = sirv(folder, { dev: true, dotfiles: true });
  return listen(
    createServer((request, response) =>
      serve(request, response, () => {
        response.writeHead(404, { "content-type": "text/plain" }).end("not found\n");
      }),
    ),
  );
}
