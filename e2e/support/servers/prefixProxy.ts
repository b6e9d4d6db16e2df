/** A proxy that publishes a server below a path, as nginx or Traefik do. */
import { createServer, request } from "node:http";
import { type HttpServer, listen } from "./httpServer.ts";

/**
 * @param prefix such as "/gallery"
 * @param mode "strip" takes the prefix off and names it in X-Forwarded-Prefix; "keep" leaves it
 * @returns a URL that ends with the prefix and a slash; every other path is a 404
 */
export async function prefixProxy(
  server: string,
  prefix: string,
  mode: "strip" | "keep",
): Promise<HttpServer> {
  const proxy = createServer((incoming, outgoing) => {
    const path = incoming.url!;
    if (path !== prefix && !path.startsWith(`${prefix}/`)) {
      outgoing.writeHead(404).end();
      return;
    }
    const forwarded = mode === "strip" ? { "x-forwarded-prefix": prefix } : {};
    const target = new URL(mode === "strip" ? path.slice(prefix.length) || "/" : path, server);
    const options = { method: incoming.method, headers: { ...incoming.headers, ...forwarded } };
    const passed = request(target, options, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    incoming.pipe(passed);
  });
  const { url, close } = await listen(proxy);
  return { url: `${url.replace(/\/$/, "")}${prefix}/`, close };
}
