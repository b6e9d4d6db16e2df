/** The server and the page give the same answer to every query, on each provider of the page. */
import { cosine } from "@plumage/models";
import type {} from "@plumage/web/debugHandle";
import { topOverlap } from "../support/agreement/compare.ts";
import {
  type AgreementRecord,
  attachmentName,
  providerSchema,
} from "../support/agreement/report.ts";
import { hasWebgpu } from "../support/browser/openPage.ts";
import { whenReady } from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { leastCosine, queries } from "../support/images/queries.ts";
import { embed, search } from "../support/servers/api.ts";

const top = 10;
/** More than ten, to resolve ties at rank ten. */
const requested = 20;
/** Scores closer than this may differ by rounding: half floats, and sums in another order. */
const tie = 5e-5;

const askPage = (page: Page, image: Buffer, type: string) =>
  page.evaluate(
    async ({ base64, type, requested }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      return window.plumage.query(new Blob([bytes], { type }), requested);
    },
    { base64: image.toString("base64"), type, requested },
  );

for (const provider of providerSchema.options) {
  test.describe(`on ${provider}`, {
    annotation: { type: "provider", description: provider },
  }, () => {
    let page: Page;
    let obstacle: string | undefined;

    // One page for all queries: each visit checks and compiles the whole model.
    test.beforeAll(async ({ browser, site }) => {
      page = await browser.newPage();
      // Any secure page tells, without starting the model.
      await page.goto(`${site.url}absent`);
      if (provider === "webgpu" && !(await hasWebgpu(page))) {
        obstacle = "this browser has no WebGPU adapter";
        return;
      }
      await page.goto(`${site.url}?provider=${provider}&variant=fp32`);
      await whenReady(page);
    });
    test.afterAll(() => page.close());

    for (const { name, type, pixels, make } of queries) {
      test(name, async ({ server }, info) => {
        test.skip(obstacle !== undefined, obstacle);
        const image = await make();
        const here = await askPage(page, image, type);
        const there = {
          ...(await embed(server.url, image, type)),
          results: await search(server.url, image, type, requested),
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
        expect(record.top10Overlap, "the same top ten").toBe(1);
      });
    }
  });
}
