/** Playwright on the installed Chromium. `npm run test:e2e` builds the model and page first. */
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { repositoryRoot } from "@plumage/models/node";
import { chromiumFlags, findChromium } from "../support/browser/chromium.ts";
import { resultFiles } from "../support/results/results.ts";

export default defineConfig({
  testDir: ".",
  outputDir: join(repositoryRoot(), ".tmp", "test-results"),
  // One browser keeps all cores busy.
  workers: 1,
  // Every wait is for an event of the page; these limits only end a test that hangs.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [
    ["list"],
    ["json", { outputFile: resultFiles.playwright }],
    ["../support/agreement/reporter.ts"],
  ],
  use: {
    launchOptions: { executablePath: findChromium(console.log), args: chromiumFlags },
    screenshot: "only-on-failure",
  },
});
