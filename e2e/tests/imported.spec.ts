/** An encoder that was trained elsewhere is imported, indexed, packed, served and shown. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cosine, cosineLimits } from "@plumage/models";
import type {} from "@plumage/web/debugHandle";
import { topOverlap } from "../support/agreement/compare.ts";
import { hasWebgpu } from "../support/browser/openPage.ts";
import { whenReady } from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { type Emoji, scene } from "../support/images/scenes.ts";
import { modelName } from "../support/pipeline/model.ts";
import { type ServedImport, serveImport } from "../support/pipeline/servedImport.ts";
import { embed, search } from "../support/servers/api.ts";
import type { HttpServer } from "../support/servers/httpServer.ts";
import type { SearchServer } from "../support/servers/searchServer.ts";

const name = `${modelName}-imported`;
const emoji: readonly Emoji[] = ["red-apple", "octopus", "cactus", "owl", "teapot"];
/** Neither is a square. */
const sizes = [
  [240, 160],
  [150, 330],
] as const;
const top = 5;
/** Scores closer than this may differ by rounding: the page's gallery has half floats. */
const tie = 5e-4;

/** A vision transformer of one image at a time: it runs inside a Scan. Images are cropped. */
const encoder = [
  ["--onnx", "export/test/fixtures/encoders/vit.onnx"],
  ["--preset", "siglip", "--output", "last_hidden_state", "--pool", "cls"],
  ["--resize", "crop", "--shorter-side", "37", "--license", "Apache-2.0"],
].flat();

let root: string;
let served: ServedImport;
let server: SearchServer;
let site: HttpServer;
test.beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "plumage-imported-"));
  for (const subject of emoji) {
    await mkdir(join(root, subject));
    for (const [i, [width, height]] of sizes.entries())
      await writeFile(
        join(root, subject, `${i}.png`),
        await scene(subject, width, height).png().toBuffer(),
      );
  }
  served = await serveImport(name, encoder, root);
  ({ server, site } = served);
});
test.afterAll(async () => {
  await served.close();
  await rm(root, { recursive: true, force: true });
});

const askPage = (page: Page, image: Buffer) =>
  page.evaluate(
    async ({ base64, top }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      return window.plumage.query(new Blob([bytes], { type: "image/png" }), top);
    },
    { base64: image.toString("base64"), top },
  );

for (const provider of ["wasm", "webgpu"] as const) {
  test(`page and server agree on ${provider}`, async ({ page }) => {
    await page.goto(`${site.url}absent`);
    const usable = provider === "wasm" || (await hasWebgpu(page));
    test.skip(!usable, "this browser has no WebGPU adapter");
    await page.goto(`${site.url}?provider=${provider}`);
    await whenReady(page);
    const facts = page.locator("#runtime-facts");
    await expect(facts).toContainText("crop the center 32 px");
    await expect(facts).toContainText("Apache-2.0");
    // It has no text encoder.
    await expect(page.getByTestId("words")).toBeHidden();
    for (const [width, height] of [...sizes, [96, 96]] as const) {
      const image = await scene("owl", width, height).png().toBuffer();
      const here = await askPage(page, image);
      const there = await embed(server.url, image, "image/png");
      expect(here.provider).toBe(provider);
      expect(here.pixelsSha256).toBe(there.pixelsSha256);
      expect(cosine(here.embedding, there.embedding)).toBeGreaterThanOrEqual(
        cosineLimits.samePixels.cosine,
      );
      const results = await search(server.url, image, "image/png", 2 * top);
      expect(topOverlap(here.results, results, top, tie)).toBe(1);
    }
  });
}
