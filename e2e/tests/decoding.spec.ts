/** The page's decoder gives the server's pixels for every image, and rejects the same files. */
import { decodeImage } from "@plumage/models/node";
import { pixelDifference } from "../support/agreement/pixelDifference.ts";
import { type DecodingRecord, decodingAttachment } from "../support/agreement/report.ts";
import { type OpenPage, openPage } from "../support/browser/openPage.ts";
import { expect, test } from "../support/fixtures.ts";
import { queries } from "../support/images/queries.ts";
import { refusedFiles } from "../support/images/refused.ts";
import type {} from "./pages/decoding/page.ts";

let opened: OpenPage;
test.beforeAll(async ({ browser }) => {
  opened = await openPage(browser, new URL("./pages/decoding/", import.meta.url), "decodeImage");
});
test.afterAll(() => opened.close());

const inBrowser = (image: Buffer, type: string) =>
  opened.page.evaluate(([base64, type]) => window.decodeImage(base64, type), [
    image.toString("base64"),
    type,
  ] as const);

for (const { name, type, pixels, make } of queries) {
  const bound = pixels === "equal" ? undefined : pixels;
  const expectation = bound ? `differs by at most ${bound.largest}: ${bound.reason}` : "is equal";
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from it.
  test(`${name} ${expectation}`, async ({}, info) => {
    const image = await make();
    const here = await decodeImage(image);
    const there = await inBrowser(image, type);
    if ("refused" in there) throw new Error(`the page rejects it: ${there.message}`);
    expect([there.width, there.height], "size").toEqual([here.width, here.height]);
    const difference = pixelDifference(Buffer.from(there.base64, "base64"), here.data);
    const record: DecodingRecord = { query: name, ...difference };
    await info.attach(decodingAttachment, {
      body: JSON.stringify(record),
      contentType: "application/json",
    });
    expect(difference.largest, "largest difference").toBeLessThanOrEqual(bound?.largest ?? 0);
    expect(difference.mean, "mean difference").toBeLessThanOrEqual(bound?.mean ?? 0);
  });
}

for (const { name, type, make } of refusedFiles) {
  test(`server and page both reject ${name}`, async ({ server }) => {
    const file = await make();
    const response = await fetch(`${server.url}/search`, {
      method: "POST",
      body: new Uint8Array(file),
      headers: { "content-type": type },
    });
    const { detail } = (await response.json()) as { detail: string };
    // An empty body is a bad request rather than a bad image.
    expect(response.status, detail).toBe(file.length === 0 ? 400 : 422);
    expect(detail).toMatch(/.{15,}/);
    const there = await inBrowser(file, type);
    expect(there).toEqual({ refused: "bad-image", message: expect.stringMatching(/.{15,}/) });
  });
}
