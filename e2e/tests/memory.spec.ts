/** Memory is steady however long a person searches. */
import { watchMemory } from "../support/browser/pageMemory.ts";
import { expect, type Page, test, whenReady } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";

/**
 * More than the page remembers, and enough for the browser's compilers and caches to have settled.
 */
const warmUp = 20;
/** `PLUMAGE_MEMORY_QUERIES=200 npm run test:e2e -- --only memory` takes longer. */
const queries = Number(process.env.PLUMAGE_MEMORY_QUERIES || 60);
const [width, height] = [800, 600];
/** Bytes of an image as it is decoded, and as the network sees it. */
const decoded = width * height * 3;
const seen = 64 * 64 * 3;

async function search(page: Page, from: number, to: number): Promise<void> {
  const buffer = await onWhite("octopus", width, height).jpeg().toBuffer();
  for (let i = from; i < to; i++) {
    await page
      .getByTestId("file-input")
      .setInputFiles({ name: `octopus ${i}.jpg`, mimeType: "image/jpeg", buffer });
    await expect(page.locator("#preview-caption")).toHaveText(`octopus ${i}.jpg`);
    await expect(page.locator("#found")).toHaveAttribute("aria-busy", "false");
  }
}

test(`memory is the same after ${warmUp} queries and after ${queries}`, async ({ page, site }) => {
  test.setTimeout(60_000 + queries * 3_000);
  const measure = await watchMemory(page, (url) => /\/worker-[^/]+\.js$/.test(url));
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  await search(page, 0, warmUp);
  const before = await measure();
  await search(page, warmUp, queries);
  const after = await measure();
  test.info().annotations.push({ type: "memory", description: JSON.stringify({ before, after }) });

  expect(before.wasm, "the runtime's memory and the gallery's are known").toBeGreaterThan(
    30_000_000,
  );
  expect.soft(after.wasm, "WebAssembly memory").toBe(before.wasm);
  expect.soft(after.blobs, "addresses of blobs").toBe(before.blobs);
  // Of what the network sees of an image, 64 x 64 pixels, not even the half may stay behind.
  const more = queries - warmUp;
  expect.soft(after.worker - before.worker, "the worker's heap").toBeLessThan(more * seen * 0.5);
  expect.soft(after.page - before.page, "the page's heap").toBeLessThan(more * seen * 0.5);
  expect.soft(after.nodes - before.nodes, "nodes of the page").toBeLessThan(more);
  // What the processes take from the system goes up and down by some megabytes.
  expect
    .soft(after.processes - before.processes, "memory of the processes")
    .toBeLessThan(10_000_000 + more * decoded * 0.5);
});
