/** What the browser tests share: the search server and the page as static files, one of each. */
import { test as base } from "@playwright/test";
import { modelName } from "./pipeline/model.ts";
import { pageFolder } from "./pipeline/steps.ts";
import type { HttpServer } from "./servers/httpServer.ts";
import {
  freePort,
  type SearchServer,
  type ServerOptions,
  startServer,
} from "./servers/searchServer.ts";
import { serveFolder } from "./servers/staticServer.ts";

export { expect, type Page } from "@playwright/test";

interface Shared {
  /** Of `server`. Another value gives a file a server of its own. */
  readonly serverOptions: ServerOptions;
  /** `npm run serve`, with the HTTP API. */
  readonly server: SearchServer;
  /** The built page on a plain host, with no API. */
  readonly site: HttpServer;
}

export const test = base.extend<object, Shared>({
  browser: [
    async ({ browser }, use) => {
      const newContext = browser.newContext.bind(browser);
      browser.newContext = async (options) => {
        const context = await newContext(options);
        await context.addInitScript(waitForServiceWorker);
        return context;
      };
      await use(browser);
    },
    { scope: "worker" },
  ],
  serverOptions: [{}, { option: true, scope: "worker" }],
  server: [
    async ({ serverOptions }, use) => {
      const { signal } = new AbortController();
      const server = await startServer(modelName, await freePort(), signal, {
        ...serverOptions,
        args: ["--page", pageFolder(modelName), ...(serverOptions.args ?? [])],
      });
      await use(server);
      await server.close();
    },
    { scope: "worker", timeout: 300_000 },
  ],
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it.
    async ({}, use) => {
      const site = await serveFolder(pageFolder(modelName));
      await use(site);
      await site.close();
    },
    { scope: "worker" },
  ],
});

/**
 * Runs in each page before its own scripts. A page whose service worker is not active within five
 * seconds starts without one; on a busy machine the tests wait for it instead.
 */
function waitForServiceWorker(): void {
  const { setTimeout } = window;
  const never = 2 ** 31 - 1;
  window.setTimeout = ((run: TimerHandler, ms = 0, ...args: unknown[]) =>
    setTimeout(run, ms < 5000 ? ms : never, ...args)) as typeof setTimeout;
}
