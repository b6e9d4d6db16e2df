/**
 * The page on a plain host: under a path, isolated with no headers from the host, whole again after
 * damage, and with the host gone.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import type { BrowserContext, Page } from "@playwright/test";
import { expect as promptly, test, whenReady } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";
import { modelName } from "../support/pipeline/model.ts";
import { pageFolder } from "../support/pipeline/steps.ts";
import { type StaticServer, serveFolder } from "../support/servers/staticServer.ts";

/** A visit downloads, checks and compiles the whole model. */
const expect = promptly.configure({ timeout: 100_000 });

const folder = pageFolder(modelName);
/** The page's folder is one of several on its host. */
const path = `${modelName}/`;

const ready = (page: Page) =>
  expect(page.getByTestId("provider")).toHaveAttribute("data-phase", "ready");

async function searchByOwl(page: Page): Promise<string[]> {
  const buffer = await onWhite("owl", 300, 200).png().toBuffer();
  await page
    .getByTestId("file-input")
    .setInputFiles({ name: "owl.png", mimeType: "image/png", buffer });
  await page.getByTestId("result").first().waitFor();
  return page
    .getByTestId("result")
    .evaluateAll((tiles) =>
      tiles.map(
        (tile) => `${(tile as HTMLElement).dataset.id} ${(tile as HTMLElement).dataset.score}`,
      ),
    );
}

test.describe("under a path of a plain host", () => {
  let site: StaticServer;
  let context: BrowserContext;
  let page: Page;
  let loads = 0;

  test.beforeAll(async ({ browser }) => {
    site = await serveFolder(dirname(folder));
    context = await browser.newContext();
    page = await context.newPage();
    page.on("load", () => loads++);
    await page.goto(`${site.url}${path}?provider=wasm`);
    await whenReady(page);
  });
  test.afterAll(async () => {
    await context.close();
    await site.close();
  });

  test("the host sends no headers, and the page is isolated after one reload", async () => {
    expect(
      (await fetch(`${site.url}${path}`)).headers.get("cross-origin-opener-policy"),
    ).toBeNull();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(loads).toBe(2);
    const cores = await page.evaluate(() => navigator.hardwareConcurrency);
    await expect(page.getByTestId("provider")).toHaveText(
      cores > 1 ? /^WebAssembly, [2-4] threads$/ : "WebAssembly, 1 thread",
    );
  });

  test("the next visit is isolated from the start", async () => {
    loads = 0;
    await page.reload();
    await ready(page);
    expect([await page.evaluate(() => crossOriginIsolated), loads]).toEqual([true, 1]);
  });

  test("a kept file that was damaged is found out by its digest and fetched again", async () => {
    const before = await searchByOwl(page);
    const fetched: string[] = [];
    await page.evaluate(async () => {
      const name = (await caches.keys()).find((key) => key.startsWith("plumage-data "))!;
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const bytes = new Uint8Array(await (await cache.match(request))!.arrayBuffer());
        bytes[bytes.length >> 1]! ^= 0xff;
        // The smaller files: it is the same code for the others.
        if (bytes.length < 5e6) await cache.put(request, new Response(bytes));
      }
    });
    page.on("request", (request) => fetched.push(request.url()));
    await page.reload();
    await ready(page);
    for (const kind of ["model", "gallery", "embeddings", "thumbnails"])
      expect(
        fetched.some((url) => url.includes(`/${path}assets/${kind}`)),
        `${kind} was fetched`,
      ).toBe(true);
    expect(await searchByOwl(page)).toEqual(before);
  });

  test("with the host gone it starts, computes with threads and finds the same", async () => {
    const online = await searchByOwl(page);
    await site.close();
    await expect(fetch(site.url)).rejects.toThrow();
    // A tab that was never on this page before.
    const offline = await context.newPage();
    await offline.goto(`${site.url}${path}?provider=wasm`);
    await ready(offline);
    expect(await offline.evaluate(() => crossOriginIsolated)).toBe(true);
    await offline.getByTestId("provider").click();
    await expect(offline.getByTestId("runtime-facts")).toContainText(
      "all files are stored on this device",
    );
    expect(await searchByOwl(offline)).toEqual(online);
    for (const tile of await offline.getByTestId("result").locator("img").all())
      await expect(tile).toHaveJSProperty("complete", true);
  });
});

/** Passes requests on to a host, but breaks the first answers for large files off in the middle. */
function unreliable(
  target: string,
  breaks: number,
): Promise<{ server: Server; url: string; ranges: string[] }> {
  const ranges: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.headers.range) ranges.push(request.headers.range);
    const answer = await fetch(new URL(request.url!, target));
    const bytes = Buffer.from(await answer.arrayBuffer());
    const headers = {
      "content-type": answer.headers.get("content-type")!,
      "content-length": bytes.length,
    };
    response.writeHead(answer.status, headers);
    // What was sent is given time to arrive: a connection that is cut may lose what lies in its
    // buffers.
    if (bytes.length > 5e6 && breaks-- > 0)
      response.write(bytes.subarray(0, 1e6), () => setTimeout(() => response.destroy(), 500));
    else response.end(bytes);
  });
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () =>
      done({ server, ranges, url: `http://localhost:${(server.address() as AddressInfo).port}/` }),
    );
  });
}

test("downloads that break off go on by themselves", async ({ page, site }) => {
  const { server, url, ranges } = await unreliable(site.url, 2);
  await page.goto(`${url}?provider=wasm`);
  await ready(page);
  // How much of it arrived before the break is the network's affair.
  expect(ranges.some((range) => /^bytes=[1-9]\d*-$/.test(range))).toBe(true);
  expect((await searchByOwl(page)).length).toBeGreaterThanOrEqual(10);
  server.closeAllConnections();
  server.close();
});

test("storage that is full is explained, and the page works all the same", async ({
  page,
  site,
}) => {
  const session = await page.context().newCDPSession(page);
  const quota = 20_000_000;
  await session.send("Storage.overrideQuotaForOrigin", {
    origin: new URL(site.url).origin,
    quotaSize: quota,
  });
  await page.goto(`${site.url}?provider=wasm`);
  await ready(page);
  await page.getByTestId("provider").click();
  await expect(page.getByTestId("runtime-facts")).toContainText(
    /storage is full\. [\d.]+ MB needed/,
  );
  expect((await searchByOwl(page)).length).toBeGreaterThanOrEqual(10);
});
