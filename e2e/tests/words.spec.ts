/** A pair of encoders of images and words: page and server find the same for the same words. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContext } from "@playwright/test";
import sharp from "sharp";
import { topOverlap } from "../support/agreement/compare.ts";
import { hasWebgpu } from "../support/browser/openPage.ts";
import {
  resultIds,
  resultScores,
  whenChecked,
  whenReady,
  whenSettled,
} from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { modelName } from "../support/pipeline/model.ts";
import { type ServedImport, serveImport } from "../support/pipeline/servedImport.ts";
import { searchByText } from "../support/servers/api.ts";
import type { HttpServer } from "../support/servers/httpServer.ts";
import type { SearchServer } from "../support/servers/searchServer.ts";

const name = `${modelName}-words`;
/** The colors that the fixtures' script has trained. */
const colors = {
  red: "rgb(220, 30, 30)",
  green: "rgb(30, 180, 50)",
  blue: "rgb(30, 60, 220)",
  black: "rgb(15, 15, 15)",
  white: "rgb(245, 245, 245)",
} as const;
const sizes = [20, 24, 28];
const count = Object.keys(colors).length * sizes.length;
const long = "a white bird ".repeat(40).trim();
const top = 10;
/** Scores closer than this may differ by rounding: the page's gallery has half floats. */
const tie = 5e-4;

const pair = [
  ["--onnx", "export/test/fixtures/pair/image.onnx", "--preset", "clip", "--size", "32"],
  ["--text-onnx", "export/test/fixtures/pair/text.onnx", "--text-output", "text_embeds"],
  ["--tokenizer", "models/test/fixtures/tokenizers/clip.json"],
].flat();

/** A field of one color on gray. */
const field = (background: string, size: number) =>
  sharp({ create: { width: 32, height: 32, channels: 3, background: "rgb(120, 120, 120)" } })
    .composite([
      {
        input: { create: { width: size, height: size, channels: 3, background } },
        left: 30 - size,
        top: 2,
      },
    ])
    .png()
    .toBuffer();

let root: string;
let served: ServedImport;
let server: SearchServer;
let site: HttpServer;
test.beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "plumage-words-"));
  for (const [color, background] of Object.entries(colors)) {
    await mkdir(join(root, color));
    for (const size of sizes)
      await writeFile(join(root, color, `${size}.png`), await field(background, size));
  }
  served = await serveImport(name, pair, root);
  ({ server, site } = served);
});
test.afterAll(async () => {
  await served.close();
  await rm(root, { recursive: true, force: true });
});

/** Types words into the field, which has the focus, and waits for the answer. */
async function searchFor(page: Page, words: string): Promise<void> {
  await page.getByRole("searchbox", { name: "Describe what to find" }).fill(words);
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("preview")).toContainText(words);
  await whenSettled(page);
  await page.getByTestId("result").first().waitFor();
}

const answerOf = async (page: Page) =>
  (await resultScores(page)).map((line) => {
    const [id, score] = line.split(" ");
    return { id: id!, label: "", score: Number(score) };
  });

for (const provider of ["wasm", "webgpu"] as const) {
  test(`page and server find the same on ${provider}`, async ({ page }) => {
    await page.goto(`${site.url}absent`);
    const usable = provider === "wasm" || (await hasWebgpu(page));
    test.skip(!usable, "this browser has no WebGPU adapter");
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(`${site.url}?provider=${provider}`);
    await whenReady(page);
    await whenChecked(page);
    // Not before somebody uses it.
    expect(requests.filter((url) => /text|tokenizer\.|tokenizer-.*json/.test(url))).toEqual([]);
    for (const words of ["red", "A photo of a BLUE square", "a white bird", "Ünïcode 🍎", long]) {
      await searchFor(page, words);
      const here = await answerOf(page);
      const there = await searchByText(server.url, words, 2 * top);
      expect(here).toHaveLength(count);
      expect(topOverlap(here, there, top, tie)).toBe(1);
    }
    await expect(page.getByTestId("summary")).toContainText("only 77 of its");
  });
}

test.describe("the field", () => {
  let context: BrowserContext;
  let page: Page;
  test.beforeAll(async ({ browser }) => {
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(`${site.url}?provider=wasm`);
    await whenReady(page);
  });
  test.afterAll(() => context.close());

  const labels = () => page.getByTestId("result").locator(".tile-label").allTextContents();

  test("finds images by their color, says so, and shows no confidence", async () => {
    await searchFor(page, "a green house");
    expect((await labels()).slice(0, sizes.length)).toEqual(sizes.map(() => "green"));
    await expect(page.getByTestId("announcement")).toContainText("Most similar: green, similarity");
    await expect(page.getByTestId("preview").locator("img")).toBeHidden();
  });

  test("examples refine words, and the address has both", async () => {
    const before = await resultIds(page);
    await page.getByTestId("less").first().click();
    await whenSettled(page);
    expect(await resultIds(page)).not.toContain(before[0]);
    await expect(page).toHaveURL(/#text=a\+green\+house&less=/);
    const refined = await resultScores(page);
    await page.reload();
    await whenReady(page);
    await whenSettled(page);
    await page.getByTestId("result").first().waitFor();
    expect(await resultScores(page)).toEqual(refined);
    await expect(page.getByTestId("words-text")).toHaveValue("a green house");
  });

  test("goes back to earlier words by the history and by the recent queries", async () => {
    await searchFor(page, "red");
    await searchFor(page, "blue");
    await page.goBack();
    await expect(page.getByTestId("preview")).toContainText("red");
    await expect(page.getByTestId("words-text")).toHaveValue("red");
    await page.getByRole("button", { name: "Search again with \u201cblue\u201d" }).click();
    await whenSettled(page);
    expect((await labels())[0]).toBe("blue");
  });

  test("ignores empty words, and takes pasted ones", async () => {
    const shown = await resultIds(page);
    const box = page.getByTestId("words-text");
    await box.fill("   ");
    await box.press("Enter");
    expect(await resultIds(page)).toEqual(shown);
    await box.evaluate((element) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "black");
      element.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    });
    await expect(page.getByTestId("error")).toBeHidden();
  });

  test("works offline once it has been used", async () => {
    await searchFor(page, "black");
    const online = await resultScores(page);
    await whenChecked(page);
    await context.setOffline(true);
    const offline = await context.newPage();
    await offline.goto(`${site.url}?provider=wasm`);
    await whenReady(offline);
    await searchFor(offline, "black");
    expect(await resultScores(offline)).toEqual(online);
    await context.setOffline(false);
  });
});
