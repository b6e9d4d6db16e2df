/** Opens a small page that runs code for a test or a benchmark: builds, serves and loads it. */
import type { Browser, Page } from "@playwright/test";
import { serveFolder } from "../servers/staticServer.ts";
import { buildPage } from "./buildPage.ts";

export interface OpenPage {
  readonly page: Page;
  /** The folder that is served. */
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * @param source the folder with index.html, with a slash at the end
 * @param global the function that the page's script defines on `window`
 * @param alias modules to replace
 */
export async function openPage(
  browser: Browser,
  source: URL,
  global: keyof Window,
  alias: Parameters<typeof buildPage>[1] = [],
): Promise<OpenPage> {
  const folder = await buildPage(source, alias);
  const site = await serveFolder(folder);
  const page = await browser.newPage();
  const close = async () => {
    await page.close();
    await site.close();
  };
  try {
    await page.goto(site.url);
    await page.waitForFunction((global) => typeof window[global] === "function", global);
    return { page, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether the browser has a WebGPU adapter. */
export const hasWebgpu = (page: Page): Promise<boolean> =>
  page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
