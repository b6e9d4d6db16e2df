/** Training in the browser: the recorded step gives the losses of Node on each provider. */
import { fileURLToPath } from "node:url";
import { recordedEngine } from "@plumage/train/engine";
import { tinyLosses } from "@plumage/train/testing";
import { providerSchema } from "../support/agreement/report.ts";
import { hasWebgpu, type OpenPage, openPage } from "../support/browser/openPage.ts";
import { expect, test } from "../support/fixtures.ts";
import type {} from "./pages/training/page.ts";

const steps = 5;
/** Largest relative difference of two engines' losses. */
const tolerance = 1e-3;

let opened: OpenPage;
test.beforeAll(async ({ browser }) => {
  const source = new URL("./pages/training/", import.meta.url);
  const file = (name: string) => fileURLToPath(new URL(name, source));
  opened = await openPage(browser, source, "train", [
    { find: "@plumage/models/onnxruntime", replacement: file("runtime.ts") },
    { find: /^node:fs(\/promises)?$/, replacement: file("nodeFiles.ts") },
  ]);
});
test.afterAll(() => opened.close());

for (const provider of providerSchema.options) {
  test(`gives the losses of Node on ${provider}`, async () => {
    const { page } = opened;
    test.skip(
      provider === "webgpu" && !(await hasWebgpu(page)),
      "this browser has no WebGPU adapter",
    );
    const args = [provider, steps] as const;
    const there = await page.evaluate((args) => window.train(...args), args);
    const here = await tinyLosses(recordedEngine(1), steps);
    expect(there).toHaveLength(here.length);
    for (const [step, loss] of there.entries())
      expect(Math.abs(loss / here[step]! - 1), `step ${step}`).toBeLessThan(tolerance);
  });
}
