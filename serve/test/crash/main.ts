/** `npm run test:crash`: kills the server hundreds of times and checks that nothing is lost. */
import { progress, runCommand } from "@plumage/models/cli";
import { integerSchema, positiveIntegerSchema } from "../../src/commands/options.ts";
import { noSmallDisk } from "../support/smallDisk.ts";
import { fullDiskRun } from "./fullDisk.ts";
import { indexerRun } from "./indexerBeside.ts";
import { lockedRun } from "./lockedCatalog.ts";
import { crashRun } from "./run.ts";

/** Each kind of start and stop once. */
const minRounds = 5;

const command = {
  usage: "npm run test:crash --",
  summary:
    "Kills the server (SIGKILL) at random moments while four clients add, replace and delete\n" +
    "items, restarts it, sometimes with a damaged index file, sometimes starts a second server\n" +
    "on the same store, and compares the items with the changes that were acknowledged. Does\n" +
    "the same beside an indexer, of which it kills one or the other, on a locked catalog, and\n" +
    "on a full disk, which only root can make on Linux.",
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
  const locked = await lockedRun(options.seed, signal);
  const { kills, duringStart, damaged, rivals, acknowledged, lost } = result;
  print(
    `${kills} kills (${duringStart} during a start), ${damaged} starts with a damaged index ` +
      `file, ${rivals} second servers, ${acknowledged} acknowledged changes, ${lost.length} lost`,
  );
  print(`locked catalog: ${locked.refused} changes refused, ${locked.failures.length} failures`);
  const rounds = Math.max(minRounds, Math.round(options.kills / 10));
  const indexed = await indexerRun(rounds, options.seed, signal);
  print(
    `beside an indexer: ${indexed.serverKills} kills of the server, ${indexed.indexerKills} of ` +
      `the indexer, ${indexed.acknowledged} acknowledged changes, ` +
      `${indexed.failures.length} failures`,
  );
  const failures = [...lost, ...locked.failures, ...indexed.failures];
  if (noSmallDisk) {
    print(`full disk: SKIPPED, ${noSmallDisk}`);
  } else {
    const full = await fullDiskRun(rounds, options.seed, signal);
    failures.push(...full.failures);
    print(
      `full disk: ${full.fullStarts} starts, ${full.fullKills} kills, ${full.refused} changes ` +
        `refused, ${full.acknowledged} acknowledged changes, ${full.failures.length} failures`,
    );
  }
  for (const line of failures) print(`failed: ${line}`);
  if (failures.length > 0) process.exitCode = 1;
});
