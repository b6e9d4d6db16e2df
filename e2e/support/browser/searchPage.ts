/** What the tests do with the product's page: wait for it, search by a file, read the results. */
import { expect, type Page } from "@playwright/test";

export interface ImageFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** Waits until the page can search by any image: a first visit downloads and checks the model. */
export async function whenReady(page: Page): Promise<void> {
  const chip = page.getByTestId("provider");
  await chip.and(page.locator("[data-phase=ready], [data-phase=broken]")).waitFor();
  await expect(chip).toHaveAttribute("data-phase", "ready");
}

/** Waits until every golden has been checked and the way to search has been chosen. */
export const whenChecked = (page: Page): Promise<void> =>
  expect(page.getByTestId("runtime-facts")).toContainText(/to [2-9]\d* reference embeddings/);

/** Waits until the last search has been answered. A search begins in the event that asks for it. */
export const whenSettled = (page: Page): Promise<void> =>
  expect(page.locator("#found")).toHaveAttribute("aria-busy", "false");

/** Ids of the results on the screen, best first. */
export const resultIds = (page: Page, testId = "result"): Promise<string[]> =>
  page
    .getByTestId(testId)
    .evaluateAll((tiles) => tiles.map((tile) => (tile as HTMLElement).dataset.id!));

/** Ids and scores of the results on the screen, in full precision. */
export const resultScores = (page: Page): Promise<string[]> =>
  page.getByTestId("result").evaluateAll((tiles) =>
    tiles.map((tile) => {
      const { id, score } = (tile as HTMLElement).dataset;
      return `${id} ${score}`;
    }),
  );

/** Searches by a file, waits for the answer and for the preview, and returns the results' ids. */
export async function searchBy(page: Page, file: ImageFile): Promise<string[]> {
  await page.getByTestId("file-input").setInputFiles(file);
  await expect(page.getByTestId("preview")).toContainText(file.name);
  // The crop box needs the preview's size.
  await expect(page.locator("#preview-image")).toHaveJSProperty("complete", true);
  await whenSettled(page);
  await page.getByTestId("result").first().waitFor();
  return resultIds(page);
}
