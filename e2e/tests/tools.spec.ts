/**
 * What refines a search: the crop box, examples for and against, the filter; addresses, history,
 * keys, and axe over it all.
 */
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect as promptly, test, whenReady } from "../support/fixtures.ts";
import { onWhite } from "../support/images/scenes.ts";

/** A search waits for a network that shares its cores with the test. */
const expect = promptly.configure({ timeout: 30_000 });

const ids = (page: Page) =>
  page
    .getByTestId("result")
    .evaluateAll((tiles) => tiles.map((tile) => (tile as HTMLElement).dataset.id!));

async function searchBy(page: Page, emoji: "owl" | "cactus"): Promise<string[]> {
  const buffer = await onWhite(emoji, 400, 240).png().toBuffer();
  await page
    .getByTestId("file-input")
    .setInputFiles({ name: `${emoji}.png`, mimeType: "image/png", buffer });
  await expect(page.getByTestId("preview")).toContainText(emoji);
  await settled(page);
  return ids(page);
}

const settled = (page: Page) =>
  expect(page.locator("#found")).toHaveAttribute("aria-busy", "false");

/** Violations that matter to somebody who cannot see or point, as axe names them. */
async function violations(page: Page): Promise<string[]> {
  // The images settle into place when they come; half transparent, they have no contrast yet.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished)),
  );
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`,
  );
}

test.describe("one visit", () => {
  let page: Page;
  test.beforeAll(async ({ browser, site }) => {
    // axe opens a page of its own beside this one, for which there must be a context of the test's
    // making.
    page = await (await browser.newContext()).newPage();
    await page.goto(`${site.url}?provider=wasm`);
    await whenReady(page);
  });
  test.afterAll(() => page.context().close());

  test("a box that is drawn searches by its part, and the whole image comes back", async () => {
    const whole = await searchBy(page, "owl");
    const area = (await page.locator("#preview-area").boundingBox())!;
    await page.mouse.move(area.x + area.width * 0.1, area.y + area.height * 0.1);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width * 0.5, area.y + area.height * 0.5, { steps: 4 });
    // While it is held down.
    await expect.poll(() => ids(page)).not.toEqual(whole);
    await page.mouse.up();
    await expect(page.getByTestId("crop")).toHaveAccessibleName(
      /^Crop: (159|160|161) by (95|96|97) of 400 by 240/,
    );
    await page.getByTestId("whole").click();
    await expect.poll(() => ids(page)).toEqual(whole);
    await expect(page.getByTestId("whole")).toBeHidden();
  });

  test("the box answers to the keyboard", async () => {
    const whole = await searchBy(page, "cactus");
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
    await expect.poll(() => ids(page)).toEqual(whole);
  });

  test("an example against takes images like it away, and is taken back", async () => {
    const before = await searchBy(page, "owl");
    const first = page.getByTestId("result").first();
    await first.hover();
    await page.getByTestId("less").first().click();
    await expect(page.getByTestId("refinement").getByRole("button")).toHaveCount(1);
    await expect.poll(() => ids(page)).not.toContain(before[0]);
    await page.getByTestId("refinement").getByRole("button").click();
    await expect.poll(() => ids(page)).toEqual(before);
    await expect(page.getByTestId("refinement")).toBeHidden();
  });

  test("the filter keeps to labels that contain it", async () => {
    const before = await searchBy(page, "owl");
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
    await expect.poll(() => ids(page)).toEqual(before);
  });

  test("an address that was copied opens the same search, examples included", async ({
    browser,
  }) => {
    await page.getByTestId("clear").click();
    await page.getByTestId("example").first().click();
    await settled(page);
    await page.getByTestId("result").nth(2).hover();
    await page.getByTestId("more").nth(2).click();
    await expect(page.getByTestId("refinement").getByRole("button")).toHaveCount(1);
    await settled(page);
    const other = await browser.newPage();
    await other.goto(page.url());
    await other.getByTestId("result").first().waitFor();
    expect(await ids(other)).toEqual(await ids(page));
    await expect(other.getByTestId("refinement").getByRole("button")).toHaveCount(1);
    await other.close();
  });

  test("back and forward go through the searches, a person's own images too", async () => {
    const own = await searchBy(page, "cactus");
    await page.getByTestId("result").first().click();
    await expect.poll(() => ids(page)).not.toEqual(own);
    await settled(page);
    const second = await ids(page);
    await page.goBack();
    await expect.poll(() => ids(page)).toEqual(own);
    await expect(page.getByTestId("preview")).toContainText("cactus.png");
    await page.goForward();
    await expect.poll(() => ids(page)).toEqual(second);
    // The latest comes first.
    await page.getByTestId("history").getByRole("button", { name: "cactus.png" }).first().click();
    await expect.poll(() => ids(page)).toEqual(own);
  });

  for (const colorScheme of ["light", "dark"] as const)
    test(`axe finds nothing wrong, ${colorScheme}`, async () => {
      await page.emulateMedia({ colorScheme });
      await searchBy(page, "owl");
      expect(await violations(page)).toEqual([]);
      await page.getByTestId("provider").click();
      expect(await violations(page)).toEqual([]);
      await page.getByTestId("provider").click();
      await page.getByTestId("clear").click();
      await page.getByTestId("example").first().waitFor();
      expect(await violations(page)).toEqual([]);
    });
});
