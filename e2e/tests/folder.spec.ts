/**
 * A person's own folder: embedded in the page, interrupted and resumed, searched with the network
 * off, kept for the next visit.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { holdDecoding } from "../support/browser/inferenceWorker.ts";
import { searchBy, whenReady, whenSettled } from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { type Emoji, onWhite, scene } from "../support/images/scenes.ts";
import { modelName } from "../support/pipeline/model.ts";
import { pageFolder } from "../support/pipeline/steps.ts";
import { serveFolder } from "../support/servers/staticServer.ts";

const emoji: readonly Emoji[] = [
  "red-apple",
  "octopus",
  "fire-engine",
  "cactus",
  "violin",
  "owl",
  "rainbow",
  "teapot",
];
const sizes = [200, 240, 300, 360, 420];
/** Forty images. The folder also has one file that is not an image, and one that is skipped. */
const images = emoji.length * sizes.length;

async function makeFolder(root: string): Promise<string> {
  const folder = join(root, "holiday");
  for (const [i, name] of emoji.entries()) {
    for (const [j, size] of sizes.entries()) {
      const path = join(folder, i % 2 ? "summer" : "winter", `${name}-${j}.jpg`);
      const image = j ? scene(name, size, 200) : onWhite(name, size, 200);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, await image.jpeg().toBuffer());
    }
  }
  await writeFile(join(folder, "broken.jpg"), "not an image");
  await writeFile(join(folder, "notes.txt"), "buy milk");
  return folder;
}

const status = (page: Page) => page.getByTestId("folder-status");
const complete = `holiday: ${images} photos in this browser.`;

async function searchByOwl(page: Page): Promise<string[]> {
  const buffer = await onWhite("owl", 200, 200).jpeg().toBuffer();
  return searchBy(page, { name: "owl.jpg", mimeType: "image/jpeg", buffer });
}

const choose = (page: Page, scope: "Gallery" | "Your folder" | "All") =>
  page.getByTestId("scope").getByRole("radio", { name: scope, exact: true }).check();

test("a folder is embedded, interrupted, resumed, searched offline, changed and deleted", async ({
  browser,
}) => {
  const root = await mkdtemp(join(tmpdir(), "plumage-folder-"));
  const folder = await makeFolder(root);
  const site = await serveFolder(pageFolder(modelName));
  const context = await browser.newContext();
  const page = await context.newPage();
  const requests: string[] = [];
  page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
  // Without a picker the page uses its file input, which a test can fill.
  await page.addInitScript(() => Object.assign(window, { showDirectoryPicker: undefined }));
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await expect(status(page)).toContainText("Nothing is uploaded");

  let kept = 0;
  await test.step("stops on request and keeps what is embedded", async () => {
    const release = await holdDecoding(page, 10);
    await page.getByTestId("folder-input").setInputFiles(folder);
    await expect(status(page)).toHaveText(/^1[01] of 41 photos, [\d.]+ per second, .+ left$/);
    await page.getByTestId("folder-stop").click();
    await release();
    await expect(status(page)).toHaveText(
      /^holiday: \d+ photos in this browser, \d+ still to be processed/,
    );
    kept = Number(/(\d+) photos/.exec(await status(page).innerText())![1]);
    expect(kept).toBeGreaterThanOrEqual(10);
    expect(kept).toBeLessThan(images);
  });

  await test.step("resumes with the rest, and lists what it cannot read", async () => {
    const release = await holdDecoding(page, 0);
    await page.getByTestId("folder-resume").click();
    await expect(status(page)).toHaveText(/^\d+ of 41 photos/);
    expect(Number.parseInt(await status(page).innerText(), 10)).toBeGreaterThanOrEqual(kept);
    await release();
    await expect(status(page)).toHaveText(complete);
    await page.getByText("1 file could not be read").click();
    await expect(page.getByTestId("folder-unreadable")).toContainText("holiday/broken.jpg");
  });

  await test.step("is searched instead of the gallery, or with it", async () => {
    await choose(page, "Your folder");
    const own = await searchByOwl(page);
    expect(own).toHaveLength(24);
    expect(own.every((id) => id.startsWith("folder:holiday/"))).toBe(true);
    expect(own[0]).toBe("folder:holiday/summer/owl-0.jpg");
    // A scene fills its tile, and a drawing on white keeps a margin.
    const scenes = page.locator('.tile[data-id^="folder:"]:not([data-id$="-0.jpg"])');
    await expect(scenes.first().locator(".tile-image")).toHaveClass(/photo/);
    await expect(page.locator(`[data-id="${own[0]}"] .tile-image`)).not.toHaveClass(/photo/);
    await choose(page, "All");
    expect((await searchByOwl(page)).some((id) => !id.startsWith("folder:"))).toBe(true);
    // The URL must not name a person's file.
    await page.locator('[data-id^="folder:"]').first().click();
    await whenSettled(page);
    expect(page.url()).not.toContain("holiday");
  });

  await test.step("is still there after a reload with the host gone", async () => {
    await site.close();
    await page.reload();
    await whenReady(page);
    await expect(status(page)).toHaveText(complete);
    await choose(page, "Your folder");
    expect((await searchByOwl(page))[0]).toBe("folder:holiday/summer/owl-0.jpg");
    for (const tile of (await page.getByTestId("result").locator("img").all()).slice(0, 6))
      await expect(tile).toHaveJSProperty("naturalWidth", 128);
  });

  await test.step("chosen again, embeds new files and forgets deleted ones", async () => {
    await rm(join(folder, "winter"), { recursive: true });
    await writeFile(join(folder, "new.png"), await onWhite("owl", 90, 90).png().toBuffer());
    await page.getByTestId("folder-input").setInputFiles(folder);
    await expect(status(page)).toHaveText(`holiday: ${images / 2 + 1} photos in this browser.`);
  });

  await test.step("asks for the folder again when the model has changed", async () => {
    await page.evaluate(async () => {
      const [{ name }] = (await indexedDB.databases()) as [{ name: string }];
      const database = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
      });
      const store = database.transaction("about", "readwrite").objectStore("about");
      store.get("folder").onsuccess = ({ target }) =>
        store.put({ ...(target as IDBRequest).result, model: "another" }, "folder");
      await new Promise((resolve) => {
        store.transaction.oncomplete = resolve;
      });
      database.close();
    });
    await page.reload();
    await whenReady(page);
    await expect(status(page)).toHaveText(
      /^The model has changed since "holiday" was processed\. Choose the folder again/,
    );
    await expect(page.getByTestId("scope")).toBeHidden();
    await page.getByTestId("folder-input").setInputFiles(folder);
    await expect(status(page)).toHaveText(`holiday: ${images / 2 + 1} photos in this browser.`);
  });

  await test.step("leaves nothing behind once deleted", async () => {
    await page.getByTestId("folder-delete").click();
    await expect(status(page)).toContainText("Nothing is uploaded");
    await page.reload();
    await whenReady(page);
    await expect(status(page)).toContainText("Nothing is uploaded");
  });

  expect(requests.filter((request) => !/^(GET|HEAD) /.test(request))).toEqual([]);
  await context.close();
  await rm(root, { recursive: true });
});

test("takes a folder from the browser's own picker", async ({ page, site }) => {
  // No test can press the picker's window. What it returns is a handle like this one.
  await page.addInitScript(() => {
    Object.assign(window, {
      showDirectoryPicker: async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle("album"),
    });
  });
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  const bytes = [...(await onWhite("teapot", 120, 120).png().toBuffer())];
  await page.evaluate(async (bytes) => {
    const album = await (await navigator.storage.getDirectory()).getDirectoryHandle("album", {
      create: true,
    });
    const inner = await album.getDirectoryHandle("inner", { create: true });
    for (const [directory, name] of [
      [album, "a.png"],
      [inner, "b.png"],
      [inner, ".hidden.png"],
    ] as const) {
      const stream = await (await directory.getFileHandle(name, { create: true })).createWritable();
      await stream.write(Uint8Array.from(bytes));
      await stream.close();
    }
  }, bytes);
  await page.getByTestId("folder-choose").click();
  await expect(status(page)).toHaveText("album: 2 photos in this browser.");
});

test("takes a folder that is dropped anywhere on the page", async ({ page, site }) => {
  const root = await mkdtemp(join(tmpdir(), "plumage-dropped-"));
  try {
    const folder = join(root, "album");
    await mkdir(join(folder, "inner"), { recursive: true });
    const image = await onWhite("teapot", 120, 120).png().toBuffer();
    for (const name of ["a.png", "inner/b.png", "inner/.hidden.png"])
      await writeFile(join(folder, name), image);
    await page.goto(`${site.url}?provider=wasm`);
    await whenReady(page);
    // A script cannot make a directory to drop; the browser's protocol can.
    const browser = await page.context().newCDPSession(page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const)
      await browser.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
    await expect(status(page)).toHaveText("album: 2 photos in this browser.");
  } finally {
    await rm(root, { recursive: true });
  }
});
