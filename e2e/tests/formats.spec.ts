/** Images in formats that browsers do not show: read, shown and found, without the network too. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resultScores, searchBy, whenChecked, whenReady } from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { scene } from "../support/images/scenes.ts";

const photo = () =>
  readFile(new URL("../../models/test/fixtures/images/heic-grid.heic", import.meta.url));

/** Sizes of what the page has stored for visits without a network. */
const storedBytes = (page: Page): Promise<number[]> =>
  page.evaluate(async () => {
    const name = (await caches.keys()).find((key) => key.startsWith("plumage-data "));
    const cache = name ? await caches.open(name) : undefined;
    const all = (await cache?.matchAll()) ?? [];
    return Promise.all(all.map(async (response) => (await response.arrayBuffer()).byteLength));
  });

test("a phone's photo is read and shown without the network, from the first visit on", async ({
  page,
  site,
}) => {
  const early: string[] = [];
  page.on("request", (request) => early.push(request.url()));
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  expect(early.filter((url) => url.includes("libheif"))).toEqual([]);
  await whenChecked(page);
  // libheif.wasm, stored once the page has nothing else to do.
  await expect.poll(async () => (await storedBytes(page)).includes(1_422_377)).toBe(true);
  await page.context().setOffline(true);
  // Systems that do not know the format give it no type.
  const ids = await searchBy(page, { name: "IMG_1.HEIC", mimeType: "", buffer: await photo() });
  expect(ids.length).toBeGreaterThanOrEqual(10);
  const preview = page.locator("#preview-image");
  await expect(preview).toHaveJSProperty("naturalWidth", 192);
  await expect(preview).toHaveJSProperty("naturalHeight", 128);
});

test("a TIFF has the results of the same PNG", async ({ page, site }) => {
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  const image = scene("owl", 261, 180);
  const scores: string[][] = [];
  for (const [name, buffer] of [
    ["owl.tiff", await image.clone().tiff({ compression: "lzw" }).toBuffer()],
    ["owl.png", await image.clone().png().toBuffer()],
  ] as const) {
    await searchBy(page, { name, mimeType: "", buffer });
    scores.push(await resultScores(page));
  }
  expect(scores[0]).toEqual(scores[1]);
});

test("a folder's photos are found by their names, and have thumbnails", async ({ page, site }) => {
  const root = await mkdtemp(join(tmpdir(), "plumage-formats-"));
  const folder = join(root, "phone");
  await mkdir(folder);
  await writeFile(join(folder, "IMG_1.HEIC"), await photo());
  await writeFile(join(folder, "scan.tif"), await scene("cactus", 200, 120).tiff().toBuffer());
  await page.addInitScript(() => Object.assign(window, { showDirectoryPicker: undefined }));
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  await page.getByTestId("folder-input").setInputFiles(folder);
  await expect(page.getByTestId("folder-status")).toHaveText("phone: 2 photos in this browser.");
  await page.getByTestId("scope").getByRole("radio", { name: "Your folder" }).check();
  const ids = await searchBy(page, { name: "IMG_1.HEIC", mimeType: "", buffer: await photo() });
  expect(ids[0]).toBe("folder:phone/IMG_1.HEIC");
  const tiles = page.getByTestId("result").locator("img");
  await expect(tiles.first()).toHaveJSProperty("naturalWidth", 128);
  await rm(root, { recursive: true });
});
