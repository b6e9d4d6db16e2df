/** `npm test`: the unit tests, then the browser tests, then one summary of both. */
import { runCommand } from "@plumage/models/cli";
import { allResults } from "../support/results/results.ts";
import { summary } from "../support/results/summary.ts";
import { runBrowserTests, runUnitTests, withExit } from "./runners.ts";

const command = {
  usage: "npm test --",
  summary:
    "Runs the unit tests and the browser tests. The last lines name each failed test and\n" +
    "give the counts.",
  options: {},
};

await runCommand(command, async ({ signal, print }) => {
  const unit = await runUnitTests(signal);
  // The browser tests report their own failures: a step that fails must not hide the unit tests'.
  const browser = await runBrowserTests({}, signal, print).catch((error: Error) => {
    signal.throwIfAborted();
    print(error.message);
    return error.message;
  });
  const results = withExit(await allResults(), "unit tests", unit);
  print("");
  for (const line of summary(withExit(results, "browser tests", browser))) print(line);
  if (unit !== 0 || browser !== 0) process.exitCode = 1;
});
