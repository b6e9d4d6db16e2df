/**
 * A person's own folder: embedded in the page, interrupted, gone on with, searched with the network
 * off, there at the next visit.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Page } from "@playwright/test";
import { expect as promptly, test, whenReady } from "../support/fixtures.ts";
import { type Emoji, onWhite, scene } from "../support/images/scenes.ts";
import { modelName } from "../support/pipeline/model.ts";
import { pageFolder } from "../support/pipeline/steps.ts";
import { type StaticServer, serveFolder } from "../support/servers/staticServer.ts";

const expect = promptly.configure({ timeout: 60_000 });

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
/** Forty images, and one that is none; notes are passed over. */
const images = emoji.length * sizes.length;

async function makeFolder(root: string): Promise<string> {
  const folder = join(root, "holiday");
  for (const [i, name] of emoji.entries()) {
    for (const [j, size] of sizes.entries()) {
      const path = join(folder, i % 2 ? "summer" : "winter", `${name}-${j}.jpg`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(
        path,
        await (j ? scene(name, size, 200) : onWhite(name, size, 200)).jpeg().toBuffer(),
      );
    }
  }
  await writeFile(join(folder, "broken.jpg"), "not an image");
  await writeFile(join(folder, "notes.txt"), "buy milk");
  return folder;
}

const status = (page: Page) => page.getByTestId("folder-status");

/**
 * What the status says once it knows how long the rest takes. It is looked at with each frame: a
 * quick machine is through in a second.
 *
 * @param press a button that is pressed in the same frame
 */
async function progressOf(page: Page, press?: string): Promise<string> {
  const found = await page.waitForFunction((press) => {
    const element = (id: string) => document.querySelector<HTMLElement>(`[data-testid=${id}]`)!;
    const text = element("folder-status").innerText;
    if (!/^\d+ of .* left$/.test(text)) return undefined;
    if (press) element(press).click();
    return text;
  }, press);
  return (await found.jsonValue())!;
}

const whole = `holiday: ${images} photos in this browser.`;

async function searchByOwl(page: Page): Promise<string[]> {
  const buffer = await onWhite("owl", 200, 200).jpeg().toBuffer();
  await page
    .getByTestId("file-input")
    .setInputFiles({ name: "owl.jpg", mimeType: "image/jpeg", buffer });
  await expect(page.locator("#found")).toHaveAttribute("aria-busy", "false");
  await page.getByTestId("result").first().waitFor();
  return page
    .getByTestId("result")
    .evaluateAll((tiles) => tiles.map((tile) => (tile as HTMLElement).dataset.id!));
}

const scope = (page: Page, name: "Gallery" | "Your folder" | "All") =>
  page.getByTestId("scope").getByRole("radio", { name, exact: true }).check();

test("a folder is embedded, interrupted, gone on with, searched offline, kept, changed and deleted", async ({
  browser,
}) => {
  test.setTimeout(300_000);
  const root = await mkdtemp(join(tmpdir(), "plumage-folder-"));
  const folder = await makeFolder(root);
  const site: StaticServer = await serveFolder(pageFolder(modelName));
  const context = await browser.newContext();
  const page = await context.newPage();
  const requests: string[] = [];
  page.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
  // The input is what browsers without a picker have; it is also what a test can fill.
  await page.addInitScript(() => Object.assign(window, { showDirectoryPicker: undefined }));
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  await expect(status(page)).toContainText("Nothing is uploaded");

  await test.step("it stops when it is told to, and keeps what it has", async () => {
    await page.getByTestId("folder-input").setInputFiles(folder);
    expect(await progressOf(page, "folder-stop")).toMatch(
      /^\d+ of 41 photos, [\d.]+ per second, \d+ s left$/,
    );
    await expect(status(page)).toHaveText(
      /^holiday: \d+ photos? in this browser, \d+ still to be processed/,
    );
  });
  const kept = Number(/(\d+) photos?/.exec(await status(page).innerText())![1]);
  expect(kept).toBeGreaterThan(0);
  expect(kept).toBeLessThan(images);

  await test.step("it goes on with the rest, and names what it cannot read", async () => {
    await page.getByTestId("folder-resume").click();
    // Not from the start.
    expect(Number.parseInt(await progressOf(page), 10)).toBeGreaterThanOrEqual(kept);
    await expect(status(page)).toHaveText(whole);
    await page.getByText("1 file could not be read").click();
    await expect(page.getByTestId("folder-unreadable")).toContainText("holiday/broken.jpg");
  });

  await test.step("it is searched instead of the gallery, and beside it", async () => {
    await scope(page, "Your folder");
    const own = await searchByOwl(page);
    expect(own).toHaveLength(24);
    expect(own.every((id) => id.startsWith("folder:holiday/"))).toBe(true);
    expect(own[0]).toBe("folder:holiday/summer/owl-0.jpg");
    await scope(page, "All");
    await expect
      .poll(async () => (await searchByOwl(page)).some((id) => !id.startsWith("folder:")))
      .toBe(true);
    // Nothing of it is in the address.
    await page.locator('[data-id^="folder:"]').first().click();
    await expect(page.locator("#found")).toHaveAttribute("aria-busy", "false");
    expect(page.url()).not.toContain("holiday");
  });

  await test.step("with the host gone, after a reload, it is still there", async () => {
    await site.close();
    await page.reload();
    await whenReady(page);
    await expect(status(page)).toHaveText(whole);
    await scope(page, "Your folder");
    expect((await searchByOwl(page))[0]).toBe("folder:holiday/summer/owl-0.jpg");
    for (const tile of (await page.getByTestId("result").locator("img").all()).slice(0, 6))
      await expect(tile).toHaveJSProperty("naturalWidth", 128);
  });

  await test.step("chosen again, what is new is embedded and what is gone is forgotten", async () => {
    await rm(join(folder, "winter"), { recursive: true });
    await writeFile(join(folder, "new.png"), await onWhite("owl", 90, 90).png().toBuffer());
    await page.getByTestId("folder-input").setInputFiles(folder);
    await expect(status(page)).toHaveText(`holiday: ${images / 2 + 1} photos in this browser.`);
  });

  await test.step("embeddings of another model are of no use, and the page says so", async () => {
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

  await test.step("deleted, nothing of it is left", async () => {
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

test("the browser's own picker of folders gives the same", async ({ page, site }) => {
  // The picker is a window that no test can press; what it gives is a handle like this one's.
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

test("a folder that is dropped anywhere on the page gives the same", async ({ page, site }) => {
  const root = await mkdtemp(join(tmpdir(), "plumage-dropped-"));
  try {
    const folder = join(root, "album");
    await mkdir(join(folder, "inner"), { recursive: true });
    const image = await onWhite("teapot", 120, 120).png().toBuffer();
    for (const name of ["a.png", "inner/b.png", "inner/.hidden.png"])
      await writeFile(join(folder, name), image);
    await page.goto(`${site.url}?provider=wasm`);
    await whenReady(page);
    // A script can make no directory that is dropped; the browser itself can.
    const browser = await page.context().newCDPSession(page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"] as const) {
      await browser.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
    }
    await expect(status(page)).toHaveText("album: 2 photos in this browser.");
  } finally {
    await rm(root, { recursive: true });
  }
});
