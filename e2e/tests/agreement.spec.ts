/**
 * The server and the page give one answer: every query, through both, on each execution provider of
 * the page.
 */
import type { Page } from "@playwright/test";
import { cosine } from "@plumage/models";
import { topOverlap } from "../support/agreement/compare.ts";
import {
  type AgreementRecord,
  attachmentName,
  providerSchema,
} from "../support/agreement/report.ts";
import { expect, test, whenReady } from "../support/fixtures.ts";
import { leastCosine, queries } from "../support/images/queries.ts";
import { embed, search } from "../support/servers/api.ts";

const top = 10;
/** More than ten are asked for, so that a tie at rank ten is seen for what it is. */
const asked = 20;
/**
 * Scores nearer than this are equal but for rounding: half floats in the gallery, float32 sums in
 * another order.
 */
const tie = 5e-5;

/** The page's own search path, as web/src/app/effects/debugHandle.ts hands it out. */
interface PageAnswer {
  readonly pixelsSha256: string;
  readonly embedding: number[];
  readonly results: { readonly id: string; readonly score: number }[];
  readonly provider: string;
}
interface PageWindow {
  readonly plumage: { query(blob: Blob, k: number): Promise<PageAnswer> };
}

const askPage = (page: Page, image: Buffer, type: string): Promise<PageAnswer> =>
  page.evaluate(
    async ({ base64, type, asked }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      return (window as unknown as PageWindow).plumage.query(new Blob([bytes], { type }), asked);
    },
    { base64: image.toString("base64"), type, asked },
  );

for (const provider of providerSchema.options) {
  test.describe(`on ${provider}`, {
    annotation: { type: "provider", description: provider },
  }, () => {
    let page: Page;
    let obstacle: string | undefined;

    // One page for all queries: a visit downloads, checks and compiles the whole model.
    test.beforeAll(async ({ browser, site }) => {
      // A software adapter compiles every shader on the processor.
      test.setTimeout(300_000);
      page = await browser.newPage();
      await page.goto(`${site.url}?provider=${provider}&variant=fp32`);
      // The first visit reloads to become isolated; until it has settled there is no asking it
      // anything.
      await whenReady(page);
      const adapter = () =>
        page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
      if (provider === "webgpu" && !(await adapter()))
        obstacle = "this browser has no WebGPU adapter";
    });
    test.afterAll(() => page.close());

    for (const { name, type, pixels, make } of queries) {
      test(name, async ({ server }, info) => {
        test.skip(obstacle !== undefined, obstacle);
        const image = await make();
        const here = await askPage(page, image, type);
        const there = {
          ...(await embed(server.url, image, type)),
          results: await search(server.url, image, type, asked),
        };
        const record: AgreementRecord = {
          query: name,
          provider,
          pixelsEqual: here.pixelsSha256 === there.pixelsSha256,
          cosine: cosine(here.embedding, there.embedding),
          top10Overlap: topOverlap(here.results, there.results, top, tie),
        };
        await info.attach(attachmentName, {
          body: JSON.stringify(record),
          contentType: "application/json",
        });

        expect(here.provider).toBe(provider);
        if (pixels === "equal") expect(record.pixelsEqual, "equal pixels").toBe(true);
        expect(record.cosine).toBeGreaterThanOrEqual(leastCosine(pixels));
        expect(record.top10Overlap, "the same ten").toBe(1);
      });
    }
  });
}
