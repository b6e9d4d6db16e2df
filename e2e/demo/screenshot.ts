/** `npm run screenshot -w @plumage/e2e`: docs/images/page.png, the page with a real result. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { PlumageError } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { modelNameOption, repositoryRoot, writeFileWhole } from "@plumage/models/node";
import sharp from "sharp";
import { chromiumFlags, findChromium } from "../support/browser/chromium.ts";
import { whenSettled } from "../support/browser/searchPage.ts";
import { type Emoji, onWhite } from "../support/images/scenes.ts";
import { pageFolder } from "../support/pipeline/steps.ts";
import { serveFolder } from "../support/servers/staticServer.ts";

const command = {
  usage: "npm run screenshot -w @plumage/e2e --",
  summary: "Opens the built page, searches by a drawing and writes docs/images/page.png.",
  options: {
    name: modelNameOption,
  },
};

const target = join(repositoryRoot(), "docs", "images", "page.png");
/** Ends below the third row of results. */
const viewport = { width: 1200, height: 882 };
/** From a held-out class. */
const query: Emoji = "violin";
const maxBytes = 300_000;

await runCommand(command, async ({ options, print }) => {
  const folder = pageFolder(options.name);
  if (!existsSync(join(folder, "index.html")))
    throw new PlumageError("bad-file", `no page in ${folder}`, "run: npm run demo -- --once");
  const site = await serveFolder(folder);
  const browser = await chromium.launch({
    executablePath: findChromium(print),
    args: chromiumFlags,
  });
  try {
    const page = await browser.newPage({ viewport, colorScheme: "light", reducedMotion: "reduce" });
    await page.goto(site.url);
    await page.locator("[data-testid=provider][data-phase=ready]").waitFor({ timeout: 300_000 });
    const buffer = await onWhite(query, 480, 360).jpeg().toBuffer();
    await page
      .getByTestId("file-input")
      .setInputFiles({ name: `${query}.jpg`, mimeType: "image/jpeg", buffer });
    await page.getByTestId("result").first().waitFor();
    await whenSettled(page);
    await page.waitForLoadState("networkidle");
    const image = await sharp(await page.screenshot())
      .png({ palette: true, quality: 90, effort: 10 })
      .toBuffer();
    if (image.length > maxBytes)
      throw new Error(`the screenshot has ${image.length} bytes, more than ${maxBytes}`);
    await writeFileWhole(target, image);
    print(`${target}: ${Math.round(image.length / 1000)} kB`);
  } finally {
    await browser.close();
    await site.close();
  }
});
