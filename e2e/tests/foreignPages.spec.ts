/** What pages of other sites can do with a server on this machine: nothing. */
import { createServer } from "node:http";
import { chromiumFlags, findChromium } from "../support/browser/chromium.ts";
import { expect, test } from "../support/fixtures.ts";
import { type HttpServer, listen } from "../support/servers/httpServer.ts";

/** A name that leads to this machine, as after DNS rebinding. */
const foreignHost = "foreign.example";
const rules = `--host-resolver-rules=MAP ${foreignHost} 127.0.0.1`;
test.use({
  launchOptions: {
    executablePath: findChromium(() => undefined),
    args: [...chromiumFlags, rules],
  },
});

let foreign: HttpServer;
let foreignUrl: string;
test.beforeAll(async () => {
  foreign = await listen(
    createServer((_, response) =>
      response.setHeader("content-type", "text/html").end("<!doctype html><title>foreign</title>"),
    ),
  );
  foreignUrl = foreign.url.replace("localhost", foreignHost);
});
test.afterAll(() => foreign.close());

test("a rebound name reads nothing", async ({ page, server }) => {
  const url = server.url.replace("127.0.0.1", foreignHost);
  for (const path of ["/items", "/items/0/image", "/readyz"])
    expect((await page.goto(`${url}${path}`))?.status()).toBe(403);
});

test("forms and no-cors bodies of a foreign page change nothing", async ({ page, server }) => {
  const statuses: number[] = [];
  page.on("response", (answer) => {
    if (answer.url().startsWith(server.url)) statuses.push(answer.status());
  });
  await page.goto(foreignUrl);
  await page.evaluate(
    (url) => fetch(url, { method: "POST", mode: "no-cors", body: new Blob(["x"]) }).catch(String),
    `${server.url}/items?id=foreign`,
  );
  await page.evaluate((action) => {
    const form = document.createElement("form");
    Object.assign(form, { action, method: "post", enctype: "multipart/form-data" });
    document.body.append(form);
    form.submit();
  }, `${server.url}/items?id=foreign`);
  await page.waitForURL(`${server.url}/**`);
  expect(statuses).not.toHaveLength(0);
  expect(new Set(statuses)).toEqual(new Set([403]));
  expect((await fetch(`${server.url}/items/foreign`)).status).toBe(404);
});

test("a foreign page can neither read nor embed the gallery", async ({ page, server }) => {
  const { items } = (await (await fetch(`${server.url}/items?limit=1`)).json()) as {
    items: { image: string }[];
  };
  await page.goto(foreignUrl);
  const seen = await page.evaluate(async (url) => {
    const image = new Image();
    image.src = url;
    const embedded = await image.decode().then(
      () => true,
      () => false,
    );
    const isRead = await fetch(url).then(
      () => true,
      () => false,
    );
    return { embedded, isRead };
  }, `${server.url}${items[0]!.image}`);
  expect(seen).toEqual({ embedded: false, isRead: false });
});
