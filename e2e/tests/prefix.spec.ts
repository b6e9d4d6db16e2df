/** The page and the API below a path of a proxy. */
import type { BrowserContext } from "@playwright/test";
import {
  resultIds,
  resultScores,
  searchBy,
  whenReady,
  whenSettled,
} from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";
import type { HttpServer } from "../support/servers/httpServer.ts";
import { prefixProxy } from "../support/servers/prefixProxy.ts";

test.use({ serverOptions: { args: ["--base-path", "/gallery"] } });

async function owl(page: Page): Promise<void> {
  const buffer = await onWhite("owl", 300, 200).png().toBuffer();
  await searchBy(page, { name: "owl.png", mimeType: "image/png", buffer });
}

for (const [mode, prefix] of [
  ["keep", "/gallery"],
  ["strip", "/team/birds"],
] as const) {
  test.describe(`a proxy that ${mode}s the prefix ${prefix}`, () => {
    let site: HttpServer;
    let context: BrowserContext;
    let page: Page;
    /** Requests beside the prefix, and failed ones. */
    const strays: string[] = [];
    test.beforeAll(async ({ browser, server }) => {
      site = await prefixProxy(server.url, prefix, mode);
      context = await browser.newContext();
      page = await context.newPage();
      context.on("response", (answer) => {
        const { protocol, pathname } = new URL(answer.url());
        if (protocol === "blob:") return;
        if (!pathname.startsWith(`${prefix}/`) || answer.status() >= 400)
          strays.push(`${answer.status()} ${answer.url()}`);
      });
      await page.goto(`${site.url}?provider=wasm&variant=fp32`);
      await whenReady(page);
    });
    test.afterAll(async () => {
      await context.close();
      await site.close();
    });

    test("serves the page, its assets and its service worker there", async () => {
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
      expect(scope).toBe(site.url);
      const session = await context.newCDPSession(page);
      const { url, errors } = await session.send("Page.getAppManifest");
      expect([url, errors]).toEqual([`${site.url}manifest.webmanifest`, []]);
      await expect(page.getByRole("link", { name: "Plumage home" })).toHaveJSProperty(
        "href",
        site.url,
      );
    });

    test("searches on the server through the proxy", async () => {
      await expect(page.getByTestId("where-status")).toHaveText(/ has 600 images\.$/);
      await page.getByRole("radio", { name: "Both" }).check();
      await owl(page);
      await expect(page.getByTestId("agreement")).toHaveText(/10 nearest images match/);
      expect((await resultIds(page, "server-result")).slice(0, 3)).toEqual(
        (await resultIds(page)).slice(0, 3),
      );
      await page.getByRole("radio", { name: "This device" }).check();
      await whenSettled(page);
    });

    test("leads from /docs and from items to addresses that work", async () => {
      const docs = await context.newPage();
      expect((await docs.goto(`${site.url}docs`))?.status()).toBe(200);
      const openapi = await docs.getByRole("link").evaluateAll((links) => {
        const [link] = links as HTMLAnchorElement[];
        return link!.href;
      });
      const document = await (await fetch(openapi)).json();
      expect(document.servers).toEqual([{ url: prefix }]);
      const { items } = await (await fetch(`${site.url}items?limit=1`)).json();
      for (const link of [items[0].image, items[0].thumbnail]) {
        expect(link.startsWith(`${prefix}/items/`)).toBe(true);
        expect((await docs.goto(new URL(link, site.url).href))?.status()).toBe(200);
      }
      await docs.close();
      // Of a prefix that was taken off, the server cannot tell whether it ended with a slash.
      if (mode === "strip") return;
      const answer = await fetch(site.url.replace(/\/$/, ""), { redirect: "manual" });
      expect([answer.status, answer.headers.get("location")]).toEqual([308, `${prefix}/`]);
    });

    test("starts offline", async () => {
      expect(strays).toEqual([]);
      await owl(page);
      const online = await resultScores(page);
      await site.close();
      await page.reload();
      await whenReady(page);
      await owl(page);
      expect(await resultScores(page)).toEqual(online);
    });
  });
}
