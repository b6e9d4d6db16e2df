/** `npm run serve`: the search service over an exported model and its index, with the page where it has been built. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { PlumageError } from "@plumage/models";
import { repositoryRoot, runCommand, storeFolder, storeNameSchema } from "@plumage/models/node";
import { z } from "zod";
import { createApp } from "./api/app.ts";
import { type Catalogue, openCatalogue } from "./catalogue/catalogue.ts";
import { openEmbedder } from "./embedder/embedder.ts";
import { openIndex } from "./store/indexFile.ts";

const whole = z.coerce.number("use a number").int("use a whole number");

const command = {
  usage: "npm run serve --",
  summary: "Answers POST /search, and serves the page if it has been built.",
  options: {
    name: { description: "name of the model", value: "NAME", schema: storeNameSchema.default("emoji") },
    port: { description: "port to listen on", value: "PORT", schema: whole.min(1).max(65535).default(8080) },
    host: {
      description: "address to listen on; 0.0.0.0 for every one",
      value: "ADDRESS",
      schema: z.string().default("127.0.0.1"),
    },
    threads: { description: "processor threads", value: "N", schema: whole.positive().default(availableParallelism()) },
  },
};

/** Time for answers under way to finish once the server has been told to stop. */
const graceMs = 5_000;

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const again = `npm run index -- --name ${options.name}`;
  const embedder = await openEmbedder(folder, { threads: options.threads, maxBatch: 16, maxQueue: 256 });
  const indexFolder = join(folder, "index");
  let catalogue: Catalogue | undefined;
  try {
    catalogue = openCatalogue(join(indexFolder, "catalogue.db"), `run: ${again}`);
    if (catalogue.meta("model") !== embedder.model) {
      throw new PlumageError("mismatch", "the index was built with another model", `embed again with: ${again}`);
    }
    const store = await openIndex(indexFolder, catalogue, embedder.manifest.dimension, embedder.model, print);
    const app = createApp({ embedder, catalogue, store });
    const page = join(repositoryRoot(), "web", "dist");
    if (existsSync(join(page, "index.html")))
      app.use("/*", serveStatic({ root: relative(process.cwd(), page) || "." }));
    else print("the page has not been built: npm run build -w web; the API answers without it");

    const server = serve({ fetch: app.fetch, port: options.port, hostname: options.host });
    const failed = new Promise<never>((_, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        const taken = error.code === "EADDRINUSE";
        const what = taken
          ? `port ${options.port} is in use`
          : `cannot listen on ${options.host}:${options.port}: ${error.message}`;
        reject(new PlumageError("unavailable", what, "choose another with --port"));
      });
    });
    await Promise.race([once(server, "listening"), failed]);
    print(`${store.size} pictures, model ${options.name}: http://${options.host}:${options.port}/`);
    await Promise.race([signal.aborted ? undefined : once(signal, "abort"), failed]);
    const closed = once(server, "close");
    server.close();
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
    if ("closeAllConnections" in server) server.closeAllConnections();
  } finally {
    catalogue?.close();
    await embedder.close();
  }
});
