/**
 * The search on a graphics processor: the same scores as the processor's, however the rows are laid
 * out.
 */

import { type OpenPage, openPage } from "../support/browser/openPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import type {} from "./pages/cosines/page.ts";

let opened: OpenPage;
let page: Page;
test.beforeAll(async ({ browser }) => {
  opened = await openPage(browser, new URL("./pages/cosines/", import.meta.url), "compareCosines");
  page = opened.page;
});
test.afterAll(() => opened.close());

for (const { rows, dimension, bufferBytes, why } of [
  { rows: 1000, dimension: 256, bufferBytes: 1 << 20, why: "one buffer" },
  { rows: 1000, dimension: 256, bufferBytes: 100_000, why: "six buffers, the last not full" },
  { rows: 131, dimension: 13, bufferBytes: 1 << 20, why: "rows that are filled up" },
  { rows: 1, dimension: 1, bufferBytes: 1 << 20, why: "one number" },
  { rows: 300_000, dimension: 8, bufferBytes: 1 << 24, why: "more rows than workgroups" },
]) {
  test(`${rows} rows of ${dimension} (${why}) score as on the processor`, async () => {
    const hasAdapter = await page.evaluate(async () =>
      Boolean(await navigator.gpu?.requestAdapter()),
    );
    test.skip(!hasAdapter, "NOT TESTED: this browser has no WebGPU adapter");
    const question = [rows, dimension, bufferBytes] as const;
    expect(
      await page.evaluate((question) => window.compareCosines(...question), question),
    ).toBeLessThan(1e-6);
  });
}
