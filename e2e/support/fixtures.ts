/**
 * What the browser tests share: the search server and the page as static files, started once for
 * all tests of a worker.
 */
import { test as base, type Page } from "@playwright/test";
import { modelName } from "./pipeline/model.ts";
import { pageFolder } from "./pipeline/steps.ts";
import { freePort, type SearchServer, startServer } from "./servers/searchServer.ts";
import { type StaticServer, serveFolder } from "./servers/staticServer.ts";

interface Servers {
  /** `npm run serve`, with the HTTP API. */
  readonly server: SearchServer;
  /** The built page and nothing else: no API answers there. */
  readonly site: StaticServer;
}

export const test = base.extend<object, Servers>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern.
    async ({}, use) => {
      const server = await startServer(modelName, await freePort(), new AbortController().signal);
      await use(server);
      await server.close();
    },
    { scope: "worker", timeout: 90_000 },
  ],
  site: [
    // biome-ignore lint/correctness/noEmptyPattern: as above.
    async ({}, use) => {
      const site = await serveFolder(pageFolder(modelName));
      await use(site);
      await site.close();
    },
    { scope: "worker" },
  ],
});
export { expect, type Page } from "@playwright/test";

/**
 * Waits until the page can search by any image. The first visit downloads and checks the whole
 * model.
 */
export async function whenReady(page: Page): Promise<void> {
  await page
    .getByTestId("provider")
    .and(page.locator("[data-phase=ready], [data-phase=broken]"))
    .waitFor();
}
