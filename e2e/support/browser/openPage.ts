/**
 * Opens a small page of the tests' or benches' own: built, served, and with what it offers in
 * place.
 */
import type { Browser, Page } from "@playwright/test";
import { serveFolder } from "../servers/staticServer.ts";
import { buildPage } from "./buildPage.ts";

export interface OpenPage {
  readonly page: Page;
  /** That it is served from. */
  readonly folder: string;
  close(): Promise<void>;
}

/**
 * @param source the folder with index.html, ending in a slash
 * @param offered the function that its script puts on `window`
 */
export async function openPage(
  browser: Browser,
  source: URL,
  offered: keyof Window,
): Promise<OpenPage> {
  const folder = await buildPage(source);
  const site = await serveFolder(folder);
  const page = await browser.newPage();
  const close = async () => {
    await page.close();
    await site.close();
  };
  try {
    await page.goto(site.url);
    await page.waitForFunction((offered) => typeof window[offered] === "function", offered);
    return { page, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}
