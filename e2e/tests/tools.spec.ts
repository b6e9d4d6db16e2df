/**
 * What refines a search: the crop box, examples for and against, the filter; URLs, history and
 * keys; and axe on all of it.
 */
import AxeBuilder from "@axe-core/playwright";
import { resultIds, searchBy, whenReady, whenSettled } from "../support/browser/searchPage.ts";
import { expect, type Page, test } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";

async function searchByEmoji(page: Page, emoji: "owl" | "cactus"): Promise<string[]> {
  const buffer = await onWhite(emoji, 400, 240).png().toBuffer();
  return searchBy(page, { name: `${emoji}.png`, mimeType: "image/png", buffer });
}

/** What axe finds wrong, by its names. */
async function violations(page: Page): Promise<string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
  );
}

test.describe("one visit", () => {
  let page: Page;
  test.beforeAll(async ({ browser, site }) => {
    // axe opens another page in this context, which a page made by `browser.newPage()` forbids.
    // Tiles that fade in have no contrast yet: there is no motion here.
    page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
    await page.goto(`${site.url}?provider=wasm`);
    await whenReady(page);
  });
  test.afterAll(() => page.context().close());

  test("drawing a box searches by that part, and the whole image can be restored", async () => {
    const whole = await searchByEmoji(page, "owl");
    const area = (await page.locator("#preview-area").boundingBox())!;
    await page.mouse.move(area.x + area.width * 0.1, area.y + area.height * 0.1);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width * 0.5, area.y + area.height * 0.5, { steps: 4 });
    // The button is still down.
    await expect.poll(() => resultIds(page)).not.toEqual(whole);
    await page.mouse.up();
    await expect(page.getByTestId("crop")).toHaveAccessibleName(
      /^Crop: (159|160|161) by (95|96|97) of 400 by 240/,
    );
    await page.getByTestId("whole").click();
    await expect.poll(() => resultIds(page)).toEqual(whole);
    await expect(page.getByTestId("whole")).toBeHidden();
  });

  test("the box moves and resizes with the keyboard", async () => {
    const whole = await searchByEmoji(page, "cactus");
    const crop = page.getByTestId("crop");
    await crop.focus();
    for (let i = 0; i < 16; i++) await page.keyboard.press("Shift+ArrowLeft");
    await expect(crop).toHaveAccessibleName(
      /^Crop: 240 by 240 of 400 by 240 pixels, 0 from the left/,
    );
    await page.keyboard.press("ArrowRight");
    await expect(crop).toHaveAccessibleName(/, 10 from the left/);
    await page.keyboard.press("Escape");
    await expect(crop).toHaveAccessibleName("Crop: whole image");
    await expect.poll(() => resultIds(page)).toEqual(whole);
  });

  test("an example against removes images like it, and can be taken back", async () => {
    const before = await searchByEmoji(page, "owl");
    const first = page.getByTestId("result").first();
    await first.hover();
    await page.getByTestId("less").first().click();
    await expect(page.getByTestId("refinement").getByRole("button")).toHaveCount(1);
    await expect.poll(() => resultIds(page)).not.toContain(before[0]);
    await page.getByTestId("refinement").getByRole("button").click();
    await expect.poll(() => resultIds(page)).toEqual(before);
    await expect(page.getByTestId("refinement")).toBeHidden();
  });

  test("the filter keeps labels that contain its text", async () => {
    const before = await searchByEmoji(page, "owl");
    const label = (await page.getByTestId("result").nth(5).locator(".tile-label").textContent())!;
    await page.getByTestId("filter").focus();
    expect(
      await page
        .locator("#labels option")
        .evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value)),
    ).toContain(label);
    await page.getByTestId("filter").fill(label.toUpperCase());
    await expect
      .poll(
        async () =>
          new Set(await page.getByTestId("result").locator(".tile-label").allTextContents()),
      )
      .toEqual(new Set([label]));
    await page.getByTestId("filter").fill("");
    await expect.poll(() => resultIds(page)).toEqual(before);
  });

  test("a copied URL opens the same search with its examples", async ({ browser }) => {
    await page.getByTestId("clear").click();
    await page.getByTestId("example").first().click();
    await whenSettled(page);
    await page.getByTestId("result").nth(2).hover();
    await page.getByTestId("more").nth(2).click();
    await expect(page.getByTestId("refinement").getByRole("button")).toHaveCount(1);
    await whenSettled(page);
    const other = await browser.newPage();
    await other.goto(page.url());
    await other.getByTestId("result").first().waitFor();
    expect(await resultIds(other)).toEqual(await resultIds(page));
    await expect(other.getByTestId("refinement").getByRole("button")).toHaveCount(1);
    await other.close();
  });

  test("back and forward step through the searches, including a person's own images", async () => {
    const own = await searchByEmoji(page, "cactus");
    await page.getByTestId("result").first().click();
    await expect.poll(() => resultIds(page)).not.toEqual(own);
    await whenSettled(page);
    const second = await resultIds(page);
    await page.goBack();
    await expect.poll(() => resultIds(page)).toEqual(own);
    await expect(page.getByTestId("preview")).toContainText("cactus.png");
    await page.goForward();
    await expect.poll(() => resultIds(page)).toEqual(second);
    // Latest first.
    await page.getByTestId("history").getByRole("button", { name: "cactus.png" }).first().click();
    await expect.poll(() => resultIds(page)).toEqual(own);
  });

  for (const colorScheme of ["light", "dark"] as const)
    test(`axe finds no violations in the ${colorScheme} theme`, async () => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await searchByEmoji(page, "owl");
      expect(await violations(page)).toEqual([]);
      await page.getByTestId("provider").click();
      expect(await violations(page)).toEqual([]);
      await page.getByTestId("provider").click();
      await page.getByTestId("clear").click();
      await page.getByTestId("example").first().waitFor();
      expect(await violations(page)).toEqual([]);
    });
});
