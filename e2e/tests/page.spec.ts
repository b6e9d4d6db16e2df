/** What a person does with the page: pick, drop, search by a result, pick a broken file. */
import {
  type ImageFile,
  searchBy,
  whenChecked,
  whenReady,
  whenSettled,
} from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { queries } from "../support/images/queries.ts";
import { refusedFiles } from "../support/images/refused.ts";
import { modelName } from "../support/pipeline/model.ts";
import { pageFolder } from "../support/pipeline/steps.ts";
import { serveFolder } from "../support/servers/staticServer.ts";

const imageFile = async (name: string): Promise<ImageFile> => {
  const { make, type } = queries.find((query) => query.name === name)!;
  return { name: `${name}.${type.split("/")[1]}`, mimeType: type, buffer: await make() };
};

/** Ids, labels and scores of the results on the screen. */
const results = (page: Page) =>
  page.getByTestId("result").evaluateAll((buttons) =>
    buttons.map((button) => ({
      id: (button as HTMLElement).dataset.id!,
      label: button.querySelector(".tile-label")!.textContent!,
      score: Number((button as HTMLElement).dataset.score),
      chance: button.querySelector(".tile-score")!.textContent,
    })),
  );

test.describe("one visit", () => {
  let page: Page;
  const requests: string[] = [];
  const errors: string[] = [];

  // All tests share the visit: each one checks and compiles the whole model.
  test.beforeAll(async ({ browser, site }) => {
    page = await browser.newPage();
    page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(site.url);
    await whenReady(page);
  });
  test.afterAll(() => page.close());
  test.beforeEach(async () => {
    const clear = page.getByTestId("clear");
    if (await clear.isVisible()) await clear.click();
    await expect(page.getByTestId("example").first()).toBeVisible();
  });
  test.afterEach(() => expect(errors).toEqual([]));

  test("names the provider, and the images' sources and licenses", async () => {
    await expect(page.getByTestId("provider")).toHaveText(/^(WebAssembly|WebGPU), /);
    const credits = page.getByTestId("credits").getByRole("listitem");
    await expect(credits).toHaveCount(7);
    for (const text of await credits.allTextContents())
      expect(text).toMatch(/ by .+, (Apache|CC|MIT)/);
  });

  test("an image that is picked finds its neighbors, best first", async () => {
    await searchBy(page, await imageFile("jpeg-landscape"));
    const found = await results(page);
    expect(found.length).toBeGreaterThanOrEqual(10);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    for (const { label } of found) expect(label).not.toBe("");
    const scores = found.map(({ score }) => score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores[0]).toBeLessThanOrEqual(1);
  });

  test("says how likely each result is a match, and if none is a good one", async () => {
    await searchBy(page, await imageFile("jpeg-landscape"));
    const found = await results(page);
    const chances = found.map(({ chance }) => {
      expect(chance).toMatch(/^(<1|\d{1,2}|>99)%$/);
      return Number.parseInt(chance!.replace(/[<>]/, ""), 10);
    });
    expect(chances).toEqual([...chances].sort((a, b) => b - a));
    // A painted scene is unlike every emoji.
    expect(chances[0]).toBeLessThan(20);
    await expect(page.locator("#found-title")).toHaveText("No good match in the gallery");
    await expect(page.getByTestId("summary")).toContainText(/about 1 in \d+ such searches/);
    await expect(page.getByTestId("announcement")).toContainText("No good match.");
  });

  test("searches by an image that is dropped, and by a result", async () => {
    const { name, mimeType, buffer } = await imageFile("webp-lossy");
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
    await page.getByTestId("result").first().waitFor();
    const [first] = await results(page);
    const tile = page.locator(`[data-testid=result][data-id="${first!.id}"]`);
    await tile.click();
    await expect(tile).toHaveCount(0);
    await whenSettled(page);
    expect((await results(page)).length).toBeGreaterThanOrEqual(10);
  });

  test("explains a damaged file in one line, and searches by the next image", async () => {
    const whole = await imageFile("jpeg-portrait");
    const damaged = { ...whole, name: "holiday.jpg", buffer: whole.buffer.subarray(0, 100) };
    await page.getByTestId("file-input").setInputFiles(damaged);
    const error = page.getByTestId("error");
    await expect(error).toHaveText(/^holiday\.jpg: .{20,}$/);
    await searchBy(page, whole);
    expect((await results(page)).length).toBeGreaterThanOrEqual(10);
    await expect(error).toBeHidden();
  });

  test("rejects files that are not images by name, whatever their type claims", async () => {
    for (const { name, type, make } of refusedFiles) {
      await page
        .getByTestId("file-input")
        .setInputFiles({ name, mimeType: type, buffer: await make() });
      await expect(page.getByTestId("error")).toHaveText(new RegExp(`^${name}: .{20,}$`));
    }
  });

  test("sends nothing: all requests are for the page's own files", ({ site }) => {
    const toNetwork = requests.filter((request) => !/ (blob|data):/.test(request));
    expect(toNetwork.length).toBeGreaterThan(0);
    expect(
      toNetwork.filter((request) => !request.replace(/^HEAD/, "GET").startsWith(`GET ${site.url}`)),
    ).toEqual([]);
  });
});

test("after one visit the page searches with its host gone", async ({ page }) => {
  const site = await serveFolder(pageFolder(modelName));
  const image = await imageFile("png-palette");
  await page.goto(site.url);
  await whenReady(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await searchBy(page, image);
  await whenChecked(page);
  const online = await searchBy(page, image);
  await site.close();
  await expect(fetch(site.url)).rejects.toThrow();

  await page.reload();
  await whenReady(page);
  expect(await searchBy(page, image)).toEqual(online);
});
