/** The page keeps nothing of the queries it has answered. */
import { type PageMemory, watchMemory } from "../support/browser/pageMemory.ts";
import { searchBy, whenChecked, whenReady } from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";

/** More than the page's history holds. */
const warmUp = 20;
/** `PLUMAGE_MEMORY_QUERIES=200 npm run test:e2e -- --only memory` runs longer. */
const queries = Number(process.env.PLUMAGE_MEMORY_QUERIES || 60);

/** The network sees 64 x 64 pixels of RGB. */
const inputBytes = 64 * 64 * 3;

async function search(page: Page, from: number, to: number): Promise<void> {
  const buffer = await onWhite("octopus", 800, 600).jpeg().toBuffer();
  for (let i = from; i < to; i++)
    await searchBy(page, { name: `octopus ${i}.jpg`, mimeType: "image/jpeg", buffer });
}

/** How many objects came to be, and of which kinds. */
function growthOf({ pageObjects: before }: PageMemory, { pageObjects: after }: PageMemory) {
  const kinds = Object.keys({ ...before, ...after })
    .map((kind) => ({ kind, growth: (after[kind] ?? 0) - (before[kind] ?? 0) }))
    .filter(({ growth }) => growth !== 0)
    .sort((a, b) => b.growth - a.growth);
  const sum = kinds.reduce((total, { growth }) => total + growth, 0);
  const most = kinds.slice(0, 5).map(({ kind, growth }) => `${growth} ${kind}`);
  return { sum, text: `${sum} (${most.join(", ")})` };
}

test(`keeps as much after ${queries} queries as after ${warmUp}`, async ({ page, site }) => {
  test.setTimeout(300_000 + queries * 10_000);
  const measure = await watchMemory(page);
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  await search(page, 0, warmUp);
  await whenChecked(page);
  const before = await measure();
  const half = (queries - warmUp) / 2;
  await search(page, warmUp, warmUp + half);
  const middle = await measure();
  await search(page, warmUp + half, queries);
  const after = await measure();
  test
    .info()
    .annotations.push({ type: "memory", description: JSON.stringify({ before, middle, after }) });

  expect(before.wasm, "memories of the runtime and the gallery").toBeGreaterThan(30_000_000);
  expect.soft(after.wasm, "WebAssembly memory").toBe(before.wasm);
  expect.soft(after.blobUrls, "blob URLs").toBe(before.blobUrls);
  const more = queries - warmUp;
  // An answer that is kept is 25 objects. A leak grows with every query; what the browser makes on
  // first use, such as a listener's wrapper, does not.
  const halves = [growthOf(before, middle), growthOf(middle, after)];
  const told = `objects of the page, that grew by ${halves.map(({ text }) => text).join(" and ")}`;
  expect.soft(Math.min(...halves.map(({ sum }) => sum)), told).toBeLessThan(2 * half);
  expect.soft(after.elements - before.elements, "elements of the page").toBeLessThan(more);
  // Less than half of the network's input for each query. Without a leak it is some kilobytes.
  const growth = after.workerBytes - before.workerBytes;
  expect.soft(growth, "bytes of the worker's heap").toBeLessThan(more * inputBytes * 0.5);
});
