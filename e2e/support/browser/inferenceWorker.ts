/** Holds the page's inference worker at a point of a test's choosing. */
import type { Page, Worker } from "@playwright/test";

/** By its script: the runtime's threads are workers too. */
export const isInferenceWorker = (url: string): boolean => /\/worker-[^/]+\.js$/.test(url);

export const inferenceWorker = (page: Page): Worker =>
  page.workers().find((worker) => isInferenceWorker(worker.url()))!;

declare global {
  var release: () => void;
}

/**
 * Lets the worker decode a number of images, and holds it before the next.
 *
 * @returns lets it go on
 */
export async function holdDecoding(page: Page, after: number): Promise<() => Promise<void>> {
  const worker = inferenceWorker(page);
  await worker.evaluate((after) => {
    const original = globalThis.createImageBitmap;
    const released = new Promise<void>((resolve) => {
      globalThis.release = () => {
        globalThis.createImageBitmap = original;
        resolve();
      };
    });
    let left = after;
    const held = async (...args: Parameters<typeof original>) => {
      if (left-- <= 0) await released;
      return original(...args);
    };
    globalThis.createImageBitmap = held as typeof original;
  }, after);
  return () => worker.evaluate(() => globalThis.release());
}

/**
 * Holds the check of the later goldens, which begins a second after the model opens. To be called
 * before the page opens; its service worker must be blocked, or the script comes from there.
 *
 * @returns lets the check begin
 */
export async function holdGoldens(page: Page): Promise<() => Promise<void>> {
  await page.route(
    (url) => isInferenceWorker(url.href),
    async (route) => {
      const response = await route.fetch();
      const body = `(${holdLongTimers})();\n${await response.text()}`;
      await route.fulfill({ response, body });
    },
  );
  return () => inferenceWorker(page).evaluate(() => globalThis.release());
}

/** Runs in the worker: timers of a second or more wait for `release()`. */
function holdLongTimers(): void {
  const { setTimeout } = globalThis;
  const released = new Promise<void>((resolve) => {
    globalThis.release = resolve;
  });
  globalThis.setTimeout = ((run: () => void, ms = 0, ...args: []) =>
    ms < 1000
      ? setTimeout(run, ms, ...args)
      : void released.then(() => run())) as unknown as typeof setTimeout;
}
