/**
 * The switch "this device, server, both": a server found beside the page or named by a person, the
 * agreement of the answers, and a server that goes away.
 */
import { createServer } from "node:http";
import {
  resultIds,
  searchBy as search,
  whenReady,
  whenSettled,
} from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { onWhite, scene } from "../support/images/scenes.ts";
import { type HttpServer, listen } from "../support/servers/httpServer.ts";

const api = /^\/(search|embed|readyz)/;

/** The page and the API under one origin, with the header that announces it: as `npm run serve`. */
async function together(
  files: string,
  server: string,
): Promise<HttpServer & { readonly requests: string[] }> {
  const requests: string[] = [];
  const proxy = createServer(async (request, response) => {
    const path = request.url!;
    const isApi = api.test(path);
    if (isApi) requests.push(`${request.method} ${path.replace(/\?.*/, "")}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const type = request.headers["content-type"];
    const answer = await fetch(new URL(path, isApi ? server : files), {
      method: request.method!,
      headers: type ? { "content-type": type } : {},
      ...(chunks.length > 0 ? { body: Buffer.concat(chunks) } : {}),
    });
    response.writeHead(answer.status, {
      "content-type": answer.headers.get("content-type")!,
      ...(isApi ? {} : { link: '</openapi.json>; rel="service-desc"' }),
    });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  return { requests, ...(await listen(proxy)) };
}

const choose = (page: Page, name: "This device" | "Server" | "Both") =>
  page.getByRole("radio", { name }).check();

async function searchBy(
  page: Page,
  name: "owl" | "cactus",
  image = onWhite(name, 400, 240),
): Promise<void> {
  const buffer = await image.png().toBuffer();
  await search(page, { name: `${name}.png`, mimeType: "image/png", buffer });
}

test.describe("with a server at the page's own origin", () => {
  let page: Page;
  let both: Awaited<ReturnType<typeof together>>;
  test.beforeAll(async ({ browser, site, server }) => {
    both = await together(site.url, server.url);
    page = await (await browser.newContext()).newPage();
    // The server's own variant: the two agree to the last digits.
    await page.goto(`${both.url}?provider=wasm&variant=fp32`);
    await whenReady(page);
  });
  test.afterAll(async () => {
    await page.context().close();
    await both.close();
  });

  test("is found, and gets no query until a person asks for it", async () => {
    await expect(page.getByTestId("where-status")).toHaveText(
      /^The server at localhost:\d+ has 600 images\.$/,
    );
    await searchBy(page, "owl");
    expect(both.requests).toEqual(["GET /readyz"]);
    await expect(page.getByText("Nothing leaves your device.")).toBeAttached();
  });

  test("shows both answers side by side, with their agreement and times", async () => {
    await choose(page, "Both");
    await searchBy(page, "cactus", scene("cactus", 400, 260));
    const agreement = page.getByTestId("agreement");
    await expect(agreement).toHaveText(
      /^(All|9 of the) 10 nearest images match; the cosine of the two embeddings is (1\.0|0\.9999)/,
    );
    const [here, there] = [await resultIds(page), await resultIds(page, "server-result")];
    expect(here).toHaveLength(24);
    expect(there.slice(0, 5)).toEqual(here.slice(0, 5));
    await expect(page.locator("#device-times")).toHaveText(/embedded in .*searched in/);
    await expect(page.locator("#server-times")).toHaveText(/embedded in .*round trip/);
    await expect(page.locator("#privacy")).toHaveText(/^Your image is sent to localhost:\d+\.$/);
  });

  test("sends examples, the filter and a search by a result to the server", async () => {
    await choose(page, "Both");
    await searchBy(page, "owl");
    await page.getByTestId("result").first().click();
    await whenSettled(page);
    await expect(page.getByTestId("agreement")).toHaveText(/^All 10 nearest images match\.$/);
    await page.getByTestId("result").nth(3).hover();
    await page.getByTestId("less").nth(3).click();
    await whenSettled(page);
    await expect(page.getByTestId("agreement")).toHaveText(/^All 10 nearest images match\.$/);
    const label = (await page.getByTestId("result").first().locator(".tile-label").textContent())!;
    await page.getByTestId("filter").fill(label);
    await expect
      .poll(() => resultIds(page, "server-result").then((found) => found.length))
      .toBeLessThan(24);
    await whenSettled(page);
    expect(await resultIds(page, "server-result")).toEqual(await resultIds(page));
    await page.getByTestId("filter").fill("");
    await whenSettled(page);
  });

  test("finds the same on the server alone", async () => {
    await choose(page, "Both");
    await searchBy(page, "owl");
    await page.getByTestId("server-result").first().waitFor();
    const there = await resultIds(page, "server-result");
    await choose(page, "Server");
    await expect(page.locator("#found-title")).toHaveText(/ on the server$/);
    await whenSettled(page);
    expect(await resultIds(page)).toEqual(there);
    for (const chance of await page.locator("#grid .tile-score").allTextContents())
      expect(chance).toMatch(/%$/);
    await expect(page.getByTestId("agreement")).toBeHidden();
  });

  test("keeps the device's answer when the server goes away, and explains it", async () => {
    await choose(page, "This device");
    await searchBy(page, "owl");
    await both.close();
    await choose(page, "Both");
    await expect(page.getByTestId("error")).toHaveText(
      /^The server at localhost:\d+ cannot be reached\. Check that it is running/,
    );
    expect(await resultIds(page)).toHaveLength(24);
    await expect(page.locator("#server-side")).toBeHidden();
    await choose(page, "This device");
    await whenSettled(page);
    await expect(page.getByTestId("error")).toBeHidden();
  });
});

test("on a plain host the switch explains that it has no server, and takes an address", async ({
  page,
  site,
  server,
}) => {
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  const status = page.getByTestId("where-status");
  await expect(status).toHaveText("This page has no server: it comes from a static host.");
  for (const name of ["Server", "Both"])
    await expect(page.getByRole("radio", { name })).toBeDisabled();
  await page.getByText("Use another server").click();
  const connect = async (address: string) => {
    await page.getByTestId("server-address").fill(address);
    await page.getByTestId("server-connect").click();
  };
  await connect("127.0.0.1:9");
  await expect(status).toHaveText(/^The server at 127\.0\.0\.1:9 cannot be reached\./);
  await connect(site.url);
  await expect(status).toHaveText(/is not a Plumage server/);
  await connect(new URL(server.url).host);
  await expect(status).toHaveText(/has 600 images\.$/);
  await choose(page, "Both");
  // int8 on the device, fp32 on the server.
  await searchBy(page, "owl");
  await expect(page.getByTestId("agreement")).toHaveText(
    /10 nearest images match; the cosine of the two embeddings is 0\.99/,
  );
  await page.reload();
  await expect(status).toHaveText(/has 600 images\.$/);
});
