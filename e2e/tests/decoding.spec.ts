/**
 * The page's decoder against the server's: the same pixels of every image of the zoo, and the same
 * files refused.
 */
import { decodeImage } from "@plumage/models/node";
import { pixelDifference } from "../support/agreement/pixelDifference.ts";
import { type DecodingRecord, decodingAttachment } from "../support/agreement/report.ts";
import { type OpenPage, openPage } from "../support/browser/openPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { queries } from "../support/images/queries.ts";
import { refusedFiles } from "../support/images/refused.ts";
import type {} from "./pages/decoding/page.ts";

let opened: OpenPage;
let page: Page;
test.beforeAll(async ({ browser }) => {
  opened = await openPage(browser, new URL("./pages/decoding/", import.meta.url), "decodeImage");
  page = opened.page;
});
test.afterAll(() => opened.close());

const inBrowser = (image: Buffer, type: string) =>
  page.evaluate(([base64, type]) => window.decodeImage(base64, type), [
    image.toString("base64"),
    type,
  ] as const);

for (const { name, type, pixels, make } of queries) {
  const bound = pixels === "equal" ? undefined : pixels;
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern.
  test(`${name}: ${bound ? `within ${bound.largest}, for ${bound.because}` : "equal pixels"}`, async ({}, info) => {
    const image = await make();
    const here = await decodeImage(image);
    const there = await inBrowser(image, type);
    if ("refused" in there) throw new Error(`the page refuses it: ${there.message}`);
    expect([there.width, there.height], "the size").toEqual([here.width, here.height]);
    const difference = pixelDifference(Buffer.from(there.base64, "base64"), here.data);
    const record: DecodingRecord = { query: name, ...difference };
    await info.attach(decodingAttachment, {
      body: JSON.stringify(record),
      contentType: "application/json",
    });
    expect(difference.largest, "the largest difference").toBeLessThanOrEqual(bound?.largest ?? 0);
    expect(difference.mean, "the mean difference").toBeLessThanOrEqual(bound?.mean ?? 0);
  });
}

for (const { name, type, make } of refusedFiles) {
  test(`${name} is refused by both`, async ({ server }) => {
    const file = await make();
    const response = await fetch(`${server.url}/search`, {
      method: "POST",
      body: new Uint8Array(file),
      headers: { "content-type": type },
    });
    const { detail } = (await response.json()) as { detail: string };
    // A body without a byte is no image at all, which is the request's fault.
    expect(response.status, detail).toBe(file.length === 0 ? 400 : 422);
    expect(detail).toMatch(/.{15,}/);
    const there = await inBrowser(file, type);
    expect(there).toEqual({ refused: "bad-image", message: expect.stringMatching(/.{15,}/) });
  });
}
