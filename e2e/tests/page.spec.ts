/**
 * What a person does with the page: looks, picks an image, drops one, goes on from a result, picks
 * a broken file, loses the network.
 */
import type { Page } from "@playwright/test";
import { expect, test, whenReady } from "../support/fixtures.ts";
import { queries } from "../support/images/queries.ts";
import { refusedFiles } from "../support/images/refused.ts";
import { modelName } from "../support/pipeline/model.ts";
import { pageFolder } from "../support/pipeline/steps.ts";
import { serveFolder } from "../support/servers/staticServer.ts";

const image = async (name: string) => {
  const { make, type } = queries.find((query) => query.name === name)!;
  return { name: `${name}.${type.split("/")[1]}`, mimeType: type, buffer: await make() };
};

/** Ids, labels and scores of the results on the screen. */
async function results(page: Page) {
  const tiles = page.getByTestId("result");
  await tiles.first().waitFor();
  return tiles.evaluateAll((buttons) =>
    buttons.map((button) => ({
      id: (button as HTMLElement).dataset.id!,
      label: button.querySelector(".tile-label")!.textContent!,
      score: Number(button.querySelector(".tile-score")!.textContent),
    })),
  );
}

test.describe("one visit", () => {
  let page: Page;
  const requests: string[] = [];
  const problems: string[] = [];

  // All share the visit: it downloads, checks and compiles the whole model.
  test.beforeAll(async ({ browser, site }) => {
    page = await browser.newPage();
    page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(site.url);
    await whenReady(page);
  });
  test.afterAll(() => page.close());
  test.beforeEach(async () => {
    const clear = page.getByTestId("clear");
    if (await clear.isVisible()) await clear.click();
    await expect(page.getByTestId("example").first()).toBeVisible();
  });
  test.afterEach(() => expect(problems).toEqual([]));

  test("says what computes and whose images these are", async () => {
    await expect(page.getByTestId("provider")).toHaveText(/^(WebAssembly|WebGPU), /);
    const credits = page.getByTestId("credits").getByRole("listitem");
    await expect(credits).toHaveCount(7);
    for (const text of await credits.allTextContents())
      expect(text).toMatch(/ by .+, (Apache|CC|MIT)/);
  });

  test("picking an image shows the nearest, best first", async () => {
    await page.getByTestId("file-input").setInputFiles(await image("jpeg-landscape"));
    const found = await results(page);
    expect(found.length).toBeGreaterThanOrEqual(10);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    for (const { label } of found) expect(label).not.toBe("");
    const scores = found.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores[0]).toBeLessThanOrEqual(1);
  });

  test("an image that is dropped is searched by, and so is a result", async () => {
    const { name, mimeType, buffer } = await image("webp-lossy");
    const dataTransfer = await page.evaluateHandle(
      ({ name, mimeType, base64 }) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], name, { type: mimeType }));
        return transfer;
      },
      { name, mimeType, base64: buffer.toString("base64") },
    );
    await page.getByTestId("drop-zone").dispatchEvent("drop", { dataTransfer });
    const [first] = await results(page);
    const tile = page.locator(`[data-testid=result][data-id="${first!.id}"]`);
    await tile.click();
    await expect(tile).toHaveCount(0);
    expect((await results(page)).length).toBeGreaterThanOrEqual(10);
  });

  test("a damaged file gives one clear line, and the next image works", async () => {
    const whole = await image("jpeg-portrait");
    const damaged = {
      name: "holiday.jpg",
      mimeType: "image/jpeg",
      buffer: whole.buffer.subarray(0, 100),
    };
    await page.getByTestId("file-input").setInputFiles(damaged);
    const error = page.getByTestId("error");
    await expect(error).toBeVisible();
    expect(await error.innerText()).toMatch(/^holiday\.jpg: .{20,}$/);
    await page.getByTestId("file-input").setInputFiles(whole);
    expect((await results(page)).length).toBeGreaterThanOrEqual(10);
    await expect(error).toBeHidden();
  });

  test("what is no image that can be read is refused by name, whatever it calls itself", async () => {
    for (const { name, type, make } of refusedFiles) {
      await page
        .getByTestId("file-input")
        .setInputFiles({ name, mimeType: type, buffer: await make() });
      await expect(page.getByTestId("error")).toHaveText(new RegExp(`^${name}: .{20,}$`));
    }
  });

  test("nothing has left the device", ({ site }) => {
    const toNetwork = requests.filter((request) => !/ (blob|data):/.test(request));
    expect(toNetwork.length).toBeGreaterThan(0);
    expect(
      toNetwork.filter((request) => !request.replace(/^HEAD/, "GET").startsWith(`GET ${site.url}`)),
    ).toEqual([]);
  });
});

test("after one visit the page searches with its host gone", async ({ page }) => {
  const site = await serveFolder(pageFolder(modelName));
  await page.goto(site.url);
  await whenReady(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.getByTestId("file-input").setInputFiles(await image("png-palette"));
  const online = await results(page);
  await site.close();
  await expect(fetch(site.url)).rejects.toThrow();

  await page.reload();
  await whenReady(page);
  await page.getByTestId("file-input").setInputFiles(await image("png-palette"));
  expect(await results(page)).toEqual(online);
});
