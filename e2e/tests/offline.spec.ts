/**
 * The page on a plain host: below a path, isolated without the host's headers, repaired after
 * damage, and working with the host gone.
 */
import { createServer } from "node:http";
import { dirname } from "node:path";
import type { BrowserContext } from "@playwright/test";
import {
  type ImageFile,
  resultScores,
  searchBy,
  whenChecked,
  whenReady,
} from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";
import { modelName } from "../support/pipeline/model.ts";
import { pageFolder } from "../support/pipeline/steps.ts";
import { type HttpServer, listen } from "../support/servers/httpServer.ts";
import { serveFolder } from "../support/servers/staticServer.ts";

const folder = pageFolder(modelName);
/** The page's folder is one of several on its host. */
const path = `${modelName}/`;

async function owlScores(page: Page): Promise<string[]> {
  const buffer = await onWhite("owl", 300, 200).png().toBuffer();
  const owl: ImageFile = { name: "owl.png", mimeType: "image/png", buffer };
  await searchBy(page, owl);
  return resultScores(page);
}

test.describe("below a path of a plain host", () => {
  let site: HttpServer;
  let context: BrowserContext;
  let page: Page;
  let visits = 0;

  test.beforeAll(async ({ browser }) => {
    site = await serveFolder(dirname(folder));
    context = await browser.newContext();
    page = await context.newPage();
    page.on("request", (request) => {
      if (request.isNavigationRequest()) visits++;
    });
    await page.goto(`${site.url}${path}?provider=wasm`);
    await whenReady(page);
  });
  test.afterAll(async () => {
    await context.close();
    await site.close();
  });

  test("is isolated after one reload, though the host sends no headers", async () => {
    const { headers } = await fetch(`${site.url}${path}`);
    expect(headers.get("cross-origin-opener-policy")).toBeNull();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(visits).toBe(2);
    const cores = await page.evaluate(() => navigator.hardwareConcurrency);
    await expect(page.getByTestId("provider")).toHaveText(
      cores > 1 ? /^WebAssembly, [2-4] threads$/ : "WebAssembly, 1 thread",
    );
  });

  test("is isolated from the start of the next visit", async () => {
    visits = 0;
    await page.reload();
    await whenReady(page);
    expect([await page.evaluate(() => crossOriginIsolated), visits]).toEqual([true, 1]);
  });

  test("detects a damaged file in the cache by its digest and downloads it again", async () => {
    const before = await owlScores(page);
    // From here on the page itself leaves the cache alone.
    await whenChecked(page);
    const requests: string[] = [];
    await page.evaluate(async () => {
      const name = (await caches.keys()).find((key) => key.startsWith("plumage-data "))!;
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const bytes = new Uint8Array(await (await cache.match(request))!.arrayBuffer());
        bytes[bytes.length >> 1]! ^= 0xff;
        // Small files are enough: the code is the same for large ones.
        if (bytes.length < 5e6) await cache.put(request, new Response(bytes));
      }
    });
    page.on("request", (request) => requests.push(request.url()));
    await page.reload();
    await whenReady(page);
    for (const kind of ["model", "gallery", "embeddings", "thumbnails"])
      await expect
        .poll(() => requests.some((url) => url.includes(`/${path}assets/${kind}`)), kind)
        .toBe(true);
    expect(await owlScores(page)).toEqual(before);
  });

  test("starts with the host gone, computes with threads and finds the same", async () => {
    const online = await owlScores(page);
    await site.close();
    await expect(fetch(site.url)).rejects.toThrow();
    // A tab that was never on this page before.
    const offline = await context.newPage();
    await offline.goto(`${site.url}${path}?provider=wasm`);
    await whenReady(offline);
    expect(await offline.evaluate(() => crossOriginIsolated)).toBe(true);
    await offline.getByTestId("provider").click();
    await expect(offline.getByTestId("runtime-facts")).toContainText(
      "all files are stored on this device",
    );
    expect(await owlScores(offline)).toEqual(online);
    for (const tile of await offline.getByTestId("result").locator("img").all())
      await expect(tile).toHaveJSProperty("complete", true);
  });
});

/** Bytes of an answer beyond what the sockets' buffers on both sides hold. */
const inFlight = 20_000_000;

/** Passes requests on to a host, but breaks its first answers for large files off near the end. */
async function unreliable(target: string, breaks: number) {
  const ranges: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.headers.range) ranges.push(request.headers.range);
    const answer = await fetch(new URL(request.url!, target));
    const bytes = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, {
      "content-type": answer.headers.get("content-type")!,
      "content-length": bytes.length,
    });
    if (bytes.length < inFlight || breaks-- <= 0) return void response.end(bytes);
    // Called once all of it is in the system's buffers: the page must have read the beginning.
    response.write(bytes.subarray(0, bytes.length - 1), () => response.destroy());
  });
  return { ranges, ...(await listen(server)) };
}

test("resumes downloads that break off", async ({ page, site }) => {
  const { url, ranges, close } = await unreliable(site.url, 2);
  await page.goto(`${url}?provider=wasm`);
  await whenReady(page);
  expect(ranges.some((range) => /^bytes=[1-9]\d*-$/.test(range))).toBe(true);
  expect((await owlScores(page)).length).toBeGreaterThanOrEqual(10);
  await close();
});

test("explains that storage is full, and works all the same", async ({ page, site }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Storage.overrideQuotaForOrigin", {
    origin: new URL(site.url).origin,
    quotaSize: 20_000_000,
  });
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  await page.getByTestId("provider").click();
  await expect(page.getByTestId("runtime-facts")).toContainText(
    /storage is full\. [\d.]+ MB needed/,
  );
  expect((await owlScores(page)).length).toBeGreaterThanOrEqual(10);
});
