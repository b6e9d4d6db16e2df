/** The search on WebGPU gives the scores of WebAssembly, however the rows are laid out. */
import { hasWebgpu, type OpenPage, openPage } from "../support/browser/openPage.ts";
import { expect, test } from "../support/fixtures.ts";
import type {} from "./pages/cosines/page.ts";

let opened: OpenPage;
test.beforeAll(async ({ browser }) => {
  opened = await openPage(browser, new URL("./pages/cosines/", import.meta.url), "compareCosines");
});
test.afterAll(() => opened.close());

for (const { rows, dimension, bufferBytes, why } of [
  { rows: 1000, dimension: 256, bufferBytes: 1 << 20, why: "one buffer" },
  { rows: 1000, dimension: 256, bufferBytes: 100_000, why: "six buffers, the last not full" },
  { rows: 131, dimension: 13, bufferBytes: 1 << 20, why: "padded rows" },
  { rows: 1, dimension: 1, bufferBytes: 1 << 20, why: "one number" },
  { rows: 300_000, dimension: 8, bufferBytes: 1 << 24, why: "more rows than workgroups" },
]) {
  test(`scores ${rows} rows of ${dimension} as WebAssembly does (${why})`, async () => {
    const { page } = opened;
    test.skip(!(await hasWebgpu(page)), "NOT TESTED: this browser has no WebGPU adapter");
    const args = [rows, dimension, bufferBytes] as const;
    expect(await page.evaluate((args) => window.compareCosines(...args), args)).toBeLessThan(1e-6);
  });
}
