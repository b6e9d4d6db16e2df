/**
 * Training in the browser: the recorded step and the engine around it, on each of onnxruntime-web's
 * providers.
 */
import { fileURLToPath } from "node:url";
import { recordedEngine } from "@plumage/train/engine";
import { tinyLosses } from "@plumage/train/tinyRun";
import { providerSchema } from "../support/agreement/report.ts";
import { buildPage } from "../support/browser/buildPage.ts";
import { expect, test } from "../support/fixtures.ts";
import { type StaticServer, serveFolder } from "../support/servers/staticServer.ts";
import type {} from "./pages/training/page.ts";

const steps = 5;
/** The largest relative difference between two engines' losses. */
const tolerance = 1e-3;

let page: StaticServer;
test.beforeAll(async () => {
  const file = (name: string) =>
    fileURLToPath(new URL(`./pages/training/${name}`, import.meta.url));
  const folder = await buildPage(new URL("./pages/training/", import.meta.url), [
    { find: "onnxruntime-node", replacement: file("runtime.ts") },
    { find: /^node:fs(\/promises)?$/, replacement: file("nodeFiles.ts") },
  ]);
  page = await serveFolder(folder);
});
test.afterAll(() => page.close());

for (const provider of providerSchema.options) {
  test(`the same losses as in Node on ${provider}`, async ({ browser }) => {
    // A software adapter compiles every shader on the processor.
    test.setTimeout(300_000);
    const tab = await browser.newPage();
    await tab.goto(page.url);
    await tab.waitForFunction(() => typeof window.train === "function");
    const adapter = await tab.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
    test.skip(provider === "webgpu" && !adapter, "this browser has no WebGPU adapter");
    const there = await tab.evaluate(({ provider, steps }) => window.train(provider, steps), {
      provider,
      steps,
    });
    const here = await tinyLosses(recordedEngine(1), steps);
    expect(there).toHaveLength(here.length);
    for (const [step, loss] of there.entries()) {
      expect(Math.abs(loss / here[step]! - 1), `step ${step}`).toBeLessThan(tolerance);
    }
    await tab.close();
  });
}
