/** `npm run serve -- --protect everything` in a browser: the token is the password of a login. */

import { resultIds, searchBy, whenReady } from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";
import { modelName } from "../support/pipeline/model.ts";
import { capture, typescript } from "../support/processes.ts";

const token = "q:7/+~=";
test.use({
  serverOptions: { args: ["--protect", "everything"], env: { PLUMAGE_TOKEN: token } },
});

async function searchOnServer(page: Page): Promise<void> {
  await expect(page.getByTestId("where-status")).toHaveText(/ has 600 images\.$/);
  await page.getByRole("radio", { name: "Server" }).check();
  const buffer = await onWhite("owl", 300, 200).png().toBuffer();
  await searchBy(page, { name: "owl.png", mimeType: "image/png", buffer });
  expect(await resultIds(page)).toHaveLength(24);
}

test("the browser asks for the token", async ({ page, server }) => {
  const answer = await fetch(server.url);
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toMatch(/^Basic realm="[^"]*password"$/);
  // Where a person is asked, Playwright gives up.
  await expect(page.goto(server.url)).rejects.toThrow("ERR_INVALID_AUTH_CREDENTIALS");
});

test("a wrong token is called so", async ({ browser, server }) => {
  const httpCredentials = { username: "me", password: "wrong" };
  const context = await browser.newContext({ httpCredentials });
  const page = await context.newPage();
  expect((await page.goto(server.url))?.status()).toBe(401);
  await expect(page.locator("body")).toContainText("the token is wrong");
  await context.close();
});

test("a login opens the page, which stays open and searches on the server", async ({
  browser,
  server,
}) => {
  const context = await browser.newContext({
    httpCredentials: { username: "me", password: token },
  });
  const page = await context.newPage();
  const refused: string[] = [];
  await page.goto(`${server.url}?provider=wasm`);
  context.on("response", (answer) => {
    if (answer.status() === 401) refused.push(answer.url());
  });
  await whenReady(page);
  await searchOnServer(page);
  const session = await context.newCDPSession(page);
  const { data, errors } = await session.send("Page.getAppManifest");
  expect([data && JSON.parse(data).name, errors]).toEqual(["Plumage", []]);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await whenReady(page);
  await searchOnServer(page);
  expect(await page.evaluate(() => navigator.serviceWorker.controller?.state)).toBe("activated");
  expect((await page.goto(`${server.url}/docs`))?.status()).toBe(200);
  expect(refused).toEqual([]);
  await context.close();
});

test("a token that no browser can send is refused at the start", async () => {
  const { exitCode, stderr } = await capture({
    args: typescript("serve/src/commands/serveCommand.ts", "--name", modelName, "--port", "1"),
    env: { PLUMAGE_TOKEN: "schlüssel" },
  });
  expect(exitCode).toBe(64);
  expect(stderr).toContain("PLUMAGE_TOKEN has characters that a request cannot carry");
});
