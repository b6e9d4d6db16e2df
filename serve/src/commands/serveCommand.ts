/** `npm run serve`: the search service for an exported model and its index, and the page. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { serveStatic } from "@hono/node-server/serve-static";
import { pathSchema, runCommand } from "@plumage/models/cli";
import { modelNameOption, repositoryRoot, storeNamesSchema } from "@plumage/models/node";
import { z } from "zod";
import { type AppType, createApp } from "../api/app.ts";
import { protections } from "../api/middleware/access.ts";
import { pagePolicy } from "../api/middleware/securityHeaders.ts";
import { pathPrefixPattern, publicPrefix } from "../api/publicPath.ts";
import { storeOption } from "../stores/openCollection.ts";
import { accessOf, hostsSchema, openWritesWarning, originsSchema } from "./accessOptions.ts";
import { environmentArguments } from "./environment.ts";
import { runServer, urlOf } from "./httpServer.ts";
import { openModels } from "./openModels.ts";
import { integerSchema, threadsOption } from "./options.ts";
import { createLog } from "./serverLog.ts";

const command = {
  usage: "npm run serve --",
  summary: "Starts the search API, and serves the page if it has been built.",
  options: {
    name: modelNameOption,
    models: {
      description:
        "more models of models/store, separated by commas; a request chooses with model=NAME",
      value: "NAMES",
      schema: storeNamesSchema.default([]),
      defaultText: "none",
    },
    store: storeOption,
    port: {
      description: "port to listen on",
      value: "PORT",
      schema: integerSchema.min(1).max(65535).default(8080),
    },
    host: {
      description: "address to listen on; 0.0.0.0 for all interfaces",
      value: "ADDRESS",
      // Brackets belong to URLs: the system takes the address alone.
      schema: z
        .string()
        .transform((host) => /^\[(.*)\]$/.exec(host)?.[1] ?? host)
        .default("127.0.0.1"),
    },
    threads: threadsOption,
    protect: {
      description:
        "which routes require the token in PLUMAGE_TOKEN: nothing, writes, everything " +
        "(default writes; nothing on 127.0.0.1 without a token)",
      value: "ROUTES",
      schema: z.enum(protections).optional(),
    },
    origins: {
      description: "comma-separated origins whose pages may read answers (CORS) and send changes",
      value: "LIST",
      schema: originsSchema.default([]),
    },
    hosts: {
      description:
        "comma-separated host names to answer for without a token, besides localhost and --host",
      value: "LIST",
      schema: hostsSchema.default([]),
    },
    basePath: {
      description:
        "path below which a proxy publishes the server, if it sends no X-Forwarded-Prefix",
      value: "PATH",
      schema: z
        .string()
        .transform((path) => path.replace(/\/$/, ""))
        .refine((path) => pathPrefixPattern.test(path), "write a path such as /gallery")
        .default(""),
    },
    page: {
      description: "folder of the built page (default web/dist of the repository)",
      value: "FOLDER",
      schema: pathSchema.default(join(repositoryRoot(), "web", "dist")),
      defaultText: "",
    },
    log: {
      description: "minimum level of the JSON log on stderr: debug, info, warn, error, silent",
      value: "LEVEL",
      schema: z.enum(["debug", "info", "warn", "error", "silent"]).default("warn"),
    },
  },
};

/** About three seconds of decoding. */
const maxWaitingPixels = 2 ** 27;

await runCommand(
  command,
  async ({ options, signal, print }) => {
    const { name, models, store, threads, basePath } = options;
    const limits = { maxBatch: 16, maxQueue: 256, maxWaitingPixels };
    const access = accessOf(options, process.env.PLUMAGE_TOKEN);
    const warning = openWritesWarning(options, access);
    if (warning) print(warning);
    const others = new Set(models.filter((other) => other !== name));
    const modelOptions = { threads, ...limits };
    const served = await openModels([name, ...others], store, modelOptions, print);
    try {
      const log = createLog(options.log);
      const app = createApp({ models: served.models, access, basePath, log });
      if (!servePage(app, options.page, basePath))
        print("the page has not been built (npm run build -w web); serving the API alone");
      await runServer(app.fetch, options, signal, async () => {
        for (const model of served.models)
          print(`${await model.collection.size()} images, model ${model.name}: ${urlOf(options)}`);
      });
    } finally {
      await served.close();
    }
  },
  () => environmentArguments(command.options),
);

/** @returns whether there is a page to serve */
function servePage(app: Pick<AppType, "use">, page: string, basePath: string): boolean {
  if (!existsSync(join(page, "index.html"))) return false;
  app.use(
    "/*",
    serveStatic({
      root: relative(process.cwd(), page) || ".",
      // Tells the page that its server has the API (RFC 8631); a static host sends no such link.
      onFound: (_, c) => {
        c.header("link", `<${publicPrefix(c, basePath)}/openapi.json>; rel="service-desc"`);
        c.header("content-security-policy", pagePolicy);
      },
    }),
  );
  return true;
}
