/**
 * `npm run serve`: the search service over an exported model and its index, with the page where it
 * has been built.
 */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { serve } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { PlumageError } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { repositoryRoot, storeFolder, storeNameSchema } from "@plumage/models/node";
import { pino } from "pino";
import { z } from "zod";
import { createApp } from "../api/app.ts";
import { type Access, protections } from "../api/middleware/access.ts";
import type { Collection } from "../collection/collection.ts";
import { openEmbedder } from "../embedder/embedder.ts";
import { openImageReader } from "../images/imageReader.ts";
import { openCollection, storeOption } from "../stores/openCollection.ts";
import { fromEnvironment } from "./environment.ts";

const whole = z.coerce.number("use a number").int("use a whole number");

const command = {
  usage: "npm run serve --",
  summary: "Answers POST /search, and serves the page if it has been built.",
  options: {
    name: {
      description: "name of the model",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
    store: storeOption,
    port: {
      description: "port to listen on",
      value: "PORT",
      schema: whole.min(1).max(65535).default(8080),
    },
    host: {
      description: "address to listen on; 0.0.0.0 for every one",
      value: "ADDRESS",
      schema: z.string().default("127.0.0.1"),
    },
    threads: {
      description: "processor threads",
      value: "N",
      schema: whole.positive().default(availableParallelism()),
      defaultText: "all",
    },
    protect: {
      description:
        "what wants the token in PLUMAGE_TOKEN: nothing, writes, everything (default: writes, or nothing on 127.0.0.1 without a token)",
      value: "WHAT",
      schema: z.enum(protections).optional(),
    },
    origins: {
      description: "other origins whose pages may read answers, with commas between them",
      value: "LIST",
      schema: z
        .string()
        .transform((list) => list.split(","))
        .default([]),
    },
    log: {
      description:
        "least level of the log lines (JSON, on stderr): debug, info, warn, error, silent",
      value: "LEVEL",
      schema: z.enum(["debug", "info", "warn", "error", "silent"]).default("warn"),
    },
  },
};

/** A machine that others reach takes no changes from those who do not know the token. */
function accessOf(
  host: string,
  protect: Access["protect"] | undefined,
  origins: readonly string[],
): Access {
  const token = process.env.PLUMAGE_TOKEN || undefined;
  const isOwn = ["127.0.0.1", "::1", "localhost"].includes(host);
  if (protect === "everything" && token === undefined) {
    throw new PlumageError("bad-input", "--protect everything needs a token", "set PLUMAGE_TOKEN");
  }
  return {
    token,
    protect: protect ?? (isOwn && token === undefined ? "nothing" : "writes"),
    origins,
  };
}

const goingAway = (): Response =>
  Response.json(
    { type: "about:blank", title: "Busy", status: 503, detail: "the server is stopping" },
    {
      status: 503,
      headers: {
        "content-type": "application/problem+json",
        "retry-after": "5",
        connection: "close",
      },
    },
  );

/** Time that a client has for its whole request. */
const requestMs = 30_000;
/** How often that is looked at. */
const checkMs = 5_000;
/**
 * Time without a byte in either direction after which a connection is closed: a client may be slow,
 * but not asleep.
 */
const idleMs = 60_000;
/**
 * How long a connection without a request stays: Node's five seconds end just as a pooled client
 * sends its next.
 */
const keepAliveMs = 30_000;
/** Time for answers under way to finish once the server has been told to stop. */
const graceMs = 5_000;

await runCommand(
  command,
  async ({ options, signal, print }) => {
    const folder = storeFolder(options.name);
    const embedder = await openEmbedder(folder, {
      threads: options.threads,
      maxBatch: 16,
      maxQueue: 256,
    });
    const { dimension, preprocessing } = embedder.manifest;
    const reader = openImageReader({
      threads: options.threads,
      maxQueue: 256,
      resize: preprocessing.resize,
    });
    let collection: Collection | undefined;
    try {
      const { store, name } = options;
      const model = { model: embedder.model, dimension };
      collection = await openCollection({ store, name, model, purpose: "serve" }, print);
      const access = accessOf(options.host, options.protect, options.origins);
      const log = pino({ level: options.log }, pino.destination(2));
      const app = createApp({ embedder, reader, collection, access, log });
      const page = join(repositoryRoot(), "web", "dist");
      if (existsSync(join(page, "index.html")))
        app.use(
          "/*",
          serveStatic({
            root: relative(process.cwd(), page) || ".",
            // By this the page knows that there is an API beside it (RFC 8631); on a plain host
            // there is none.
            onFound: (_, c) => c.header("link", '</openapi.json>; rel="service-desc"'),
          }),
        );
      else print("the page has not been built: npm run build -w web; the API answers without it");

      const server = serve({
        // Connections outlive server.close(): whoever asks on one of them while we stop is sent
        // away.
        fetch: (request, environment) =>
          signal.aborted ? goingAway() : app.fetch(request, environment),
        port: options.port,
        hostname: options.host,
        serverOptions: {
          requestTimeout: requestMs,
          headersTimeout: requestMs,
          keepAliveTimeout: keepAliveMs,
          connectionsCheckingInterval: checkMs,
        },
      });
      if ("setTimeout" in server) server.setTimeout(idleMs);
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
      print(
        `${await collection.size()} images, model ${options.name}: http://${options.host}:${options.port}/`,
      );
      await Promise.race([signal.aborted ? undefined : once(signal, "abort"), failed]);
      const closed = once(server, "close");
      server.close();
      if ("closeIdleConnections" in server) server.closeIdleConnections();
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
      if ("closeAllConnections" in server) server.closeAllConnections();
    } finally {
      await collection?.close();
      await reader.close();
      await embedder.close();
    }
  },
  [...fromEnvironment(command.options), ...process.argv.slice(2)],
);
