/**
 * Playwright, with whatever Chromium there is. Started by `npm run test:e2e`, which makes the model
 * and the page first.
 */
import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { repositoryRoot } from "@plumage/models/node";
import { chromiumFlags, findChromium } from "../support/browser/chromium.ts";
import { resultFiles } from "../support/results/counts.ts";

export default defineConfig({
  testDir: ".",
  outputDir: join(repositoryRoot(), ".tmp", "test-results"),
  // One browser computes with all the cores there are.
  workers: 1,
  timeout: 120_000,
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
