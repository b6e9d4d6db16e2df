/** `npm run test:e2e`: builds a small model of its own if needed, then runs the browser tests. */
import { existsSync } from "node:fs";
import { runCommand } from "@plumage/models/cli";
import { z } from "zod";
import { missingReport, playwrightResults, resultFiles } from "../support/results/results.ts";
import { summary } from "../support/results/summary.ts";
import { runBrowserTests, withExit } from "./runners.ts";

const command = {
  usage: "npm run test:e2e --",
  summary:
    "Tests the commands, the server and the page in a real browser, on a small model of its\n" +
    "own (models/store/e2e).",
  options: {
    fresh: {
      description: "make the model, the index and the page again",
      schema: z.boolean().default(false),
    },
    only: {
      description: "run only the spec files whose names contain TEXT",
      value: "TEXT",
      schema: z.string().optional(),
    },
    repeat: {
      description: "run each test N times",
      value: "N",
      schema: z.coerce.number().int("use a whole number").positive().default(1),
    },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const exit = await runBrowserTests(options, signal, print);
  const results = existsSync(resultFiles.playwright)
    ? await playwrightResults(resultFiles.playwright)
    : missingReport("browser tests");
  for (const line of summary(withExit(results, "browser tests", exit))) print(line);
  if (exit !== 0) process.exitCode = 1;
});
