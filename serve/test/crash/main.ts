/** `npm run test:crash`: kills the server hundreds of times and checks that nothing is lost. */
import { progress, runCommand } from "@plumage/models/cli";
import { integerSchema, positiveIntegerSchema } from "../../src/commands/options.ts";
import { crashRun } from "./run.ts";

const command = {
  usage: "npm run test:crash --",
  summary:
    "Kills the server (SIGKILL) at random moments while four clients add, replace and delete\n" +
    "items, restarts it, sometimes with a damaged index file, sometimes starts a second server\n" +
    "on the same store, and compares the items with the changes that were acknowledged.",
  options: {
    kills: {
      description: "number of kills",
      value: "N",
      schema: positiveIntegerSchema.default(200),
    },
    seed: {
      description: "seed of the requests and the moments of the kills",
      value: "N",
      schema: integerSchema.default(1),
    },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const bar = progress("killing", options.kills, "kills");
  const result = await crashRun(options.kills, options.seed, signal, () => bar.advance(1));
  bar.finish();
  const { kills, duringStart, damaged, rivals, acknowledged, lost } = result;
  for (const line of lost) print(`lost: ${line}`);
  print(
    `${kills} kills (${duringStart} during a start), ${damaged} starts with a damaged index ` +
      `file, ${rivals} second servers, ${acknowledged} acknowledged changes, ${lost.length} lost`,
  );
  if (lost.length > 0) process.exitCode = 1;
});
