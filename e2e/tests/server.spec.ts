/**
 * The switch "this device, server, both": found beside the page or named by a person, agreement,
 * and a server that goes away.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { expect as promptly, test, whenReady } from "../support/fixtures.ts";
import { onWhite, scene } from "../support/images/scenes.ts";

/** A search waits for a network that shares its cores with the test. */
const expect = promptly.configure({ timeout: 30_000 });

const api = /^\/(search|embed|readyz)/;

/**
 * What `npm run serve` is to the page: files and the API under one address, with the header that
 * says so.
 */
function together(
  files: string,
  server: string,
): Promise<{ url: string; requests: string[]; close(): Promise<void> }> {
  const requests: string[] = [];
  const proxy: Server = createServer(async (request, response) => {
    const path = request.url!;
    const isApi = api.test(path);
    if (isApi) requests.push(`${request.method} ${path.replace(/\?.*/, "")}`);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const answer = await fetch(new URL(path, isApi ? server : files), {
      method: request.method!,
      headers: request.headers["content-type"]
        ? { "content-type": request.headers["content-type"] }
        : {},
      ...(pieces.length > 0 ? { body: Buffer.concat(pieces) } : {}),
    });
    const link = isApi ? {} : { link: '</openapi.json>; rel="service-desc"' };
    response.writeHead(answer.status, {
      "content-type": answer.headers.get("content-type")!,
      ...link,
    });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  return new Promise((done) => {
    proxy.listen(0, "127.0.0.1", () =>
      done({
        url: `http://localhost:${(proxy.address() as AddressInfo).port}/`,
        requests,
        close: () =>
          new Promise((closed) => {
            proxy.close(() => closed());
            proxy.closeAllConnections();
          }),
      }),
    );
  });
}

const ids = (page: Page, testid: string) =>
  page
    .getByTestId(testid)
    .evaluateAll((tiles) => tiles.map((tile) => (tile as HTMLElement).dataset.id!));
const settled = (page: Page) =>
  expect(page.locator("#found")).toHaveAttribute("aria-busy", "false");
const choose = (page: Page, name: "This device" | "Server" | "Both") =>
  page.getByRole("radio", { name }).check();

async function searchBy(
  page: Page,
  name: "owl" | "cactus",
  image = onWhite(name, 400, 240),
): Promise<void> {
  const buffer = await image.png().toBuffer();
  await page
    .getByTestId("file-input")
    .setInputFiles({ name: `${name}.png`, mimeType: "image/png", buffer });
  await expect(page.getByTestId("preview")).toContainText(name);
  await settled(page);
}

test.describe("with a server beside the page", () => {
  let page: Page;
  let both: Awaited<ReturnType<typeof together>>;
  test.beforeAll(async ({ browser, site, server }) => {
    both = await together(site.url, server.url);
    page = await (await browser.newContext()).newPage();
    // The file that the server runs, so that the two must agree to the last digits.
    await page.goto(`${both.url}?provider=wasm&variant=fp32`);
    await whenReady(page);
  });
  test.afterAll(async () => {
    await page.context().close();
    await both.close();
  });

  test("it is found, and asked for nothing until a person says so", async () => {
    await expect(page.getByTestId("where-status")).toHaveText(
      /^The server at localhost:\d+ has 600 images\.$/,
    );
    await searchBy(page, "owl");
    expect(both.requests).toEqual(["GET /readyz"]);
    await expect(page.getByText("Nothing leaves your device.")).toBeAttached();
  });

  test("both answers stand side by side, with their agreement and times", async () => {
    await choose(page, "Both");
    await searchBy(page, "cactus", scene("cactus", 400, 260));
    const agreement = page.getByTestId("agreement");
    await expect(agreement).toHaveText(
      /^(All|9 of the) 10 nearest images match; the cosine of the two embeddings is (1\.0|0\.9999)/,
    );
    const [here, there] = [await ids(page, "result"), await ids(page, "server-result")];
    expect(here).toHaveLength(24);
    expect(there.slice(0, 5)).toEqual(here.slice(0, 5));
    await expect(page.locator("#device-times")).toHaveText(/embedded in .*searched in/);
    await expect(page.locator("#server-times")).toHaveText(/embedded in .*round trip/);
    await expect(page.locator("#privacy")).toHaveText(/^Your image is sent to localhost:\d+\.$/);
  });

  test("examples, a filter and a search by a result go to the server as they are meant", async () => {
    await choose(page, "Both");
    await searchBy(page, "owl");
    await page.getByTestId("result").first().click();
    await settled(page);
    await expect(page.getByTestId("agreement")).toHaveText(/^All 10 nearest images match\.$/);
    await page.getByTestId("result").nth(3).hover();
    await page.getByTestId("less").nth(3).click();
    await settled(page);
    await expect(page.getByTestId("agreement")).toHaveText(/^All 10 nearest images match\.$/);
    const label = (await page.getByTestId("result").first().locator(".tile-label").textContent())!;
    await page.getByTestId("filter").fill(label);
    await expect
      .poll(() => ids(page, "server-result").then((found) => found.length))
      .toBeLessThan(24);
    await settled(page);
    expect(await ids(page, "server-result")).toEqual(await ids(page, "result"));
    await page.getByTestId("filter").fill("");
    await settled(page);
  });

  test("the server alone finds what both found", async () => {
    await choose(page, "Both");
    await searchBy(page, "owl");
    await page.getByTestId("server-result").first().waitFor();
    const there = await ids(page, "server-result");
    await choose(page, "Server");
    await expect(page.locator("#found-title")).toHaveText("Most similar on the server");
    await settled(page);
    expect(await ids(page, "result")).toEqual(there);
    await expect(page.getByTestId("agreement")).toBeHidden();
  });

  test("a server that goes away leaves the device's answer, and says so", async () => {
    await choose(page, "This device");
    await searchBy(page, "owl");
    await both.close();
    await choose(page, "Both");
    await expect(page.getByTestId("error")).toHaveText(
      /^The server at localhost:\d+ cannot be reached\. Check that it is running/,
    );
    expect(await ids(page, "result")).toHaveLength(24);
    await expect(page.locator("#server-side")).toBeHidden();
    await choose(page, "This device");
    await settled(page);
    await expect(page.getByTestId("error")).toBeHidden();
  });
});

test("on a plain host the switch says why there is no server, and takes one by its address", async ({
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
  // The small variant here, fp32 there.
  await searchBy(page, "owl");
  await expect(page.getByTestId("agreement")).toHaveText(
    /10 nearest images match; the cosine of the two embeddings is 0\.99/,
  );
  await page.reload();
  await expect(status).toHaveText(/has 600 images\.$/);
});
