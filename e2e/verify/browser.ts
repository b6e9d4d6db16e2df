/** onnxruntime-web's providers in Chromium, on a page served next to the model's files. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "@playwright/test";
import { buildPage } from "../support/browser/buildPage.ts";
import { launchChromium } from "../support/browser/chromium.ts";
import type { HttpServer } from "../support/servers/httpServer.ts";
import { serveFolder } from "../support/servers/staticServer.ts";
import { type Outcome, outcomeSchema } from "./answer.ts";

export interface BrowserRuntime {
  /** Why this browser cannot run a file on a provider, or undefined if it can. */
  obstacle(provider: "wasm" | "webgpu", isFp16: boolean): Promise<string | undefined>;
  run(file: string, provider: "wasm" | "webgpu"): Promise<Outcome>;
  close(): Promise<void>;
}

/** WebAssembly threads need a cross-origin isolated page. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const types: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
};

/** @param folder the model's @param executable path of a Chromium */
export async function openBrowser(folder: string, executable: string): Promise<BrowserRuntime> {
  const pageFolder = await buildPage(new URL("./page/", import.meta.url));
  const site = await serveFolder(folder);
  const { browser } = await launchChromium(executable);
  const page = await openPage(browser, site, pageFolder);
  return {
    obstacle: (provider, isFp16) =>
      page.evaluate(
        async ({ provider, isFp16 }) => {
          if (provider === "wasm") return undefined;
          const adapter = await navigator.gpu?.requestAdapter();
          if (!adapter) return "this browser has no WebGPU adapter";
          return isFp16 && !adapter.features.has("shader-f16")
            ? "the WebGPU adapter has no shader-f16"
            : undefined;
        },
        { provider, isFp16 },
      ),
    run: async (file, provider) =>
      outcomeSchema.parse(
        await page.evaluate(({ file, provider }) => window.verify(file, provider), {
          file,
          provider,
        }),
      ),
    async close() {
      await browser.close();
      await site.close();
    },
  };
}

/** Opens the page at verify/ next to model.json, though its files are in another folder. */
async function openPage(browser: Browser, site: HttpServer, pageFolder: string): Promise<Page> {
  const page = await browser.newPage();
  const home = `${site.url}verify/`;
  await page.route(`${home}**`, async (route) => {
    const path = new URL(route.request().url()).pathname.slice("/verify/".length);
    const contentType = types[path.split(".").at(-1)!] ?? "application/octet-stream";
    await route.fulfill({
      body: readFileSync(join(pageFolder, path)),
      contentType,
      headers: isolation,
    });
  });
  await page.goto(`${home}index.html`);
  await page.waitForFunction(() => typeof window.verify === "function");
  return page;
}
