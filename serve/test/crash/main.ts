/** `npm run test:crash`: hundreds of kills, and nothing lost. */
import { progress, runCommand } from "@plumage/models/cli";
import { z } from "zod";
import { crashRun } from "./run.ts";

const whole = z.coerce.number("use a number").int("use a whole number");
const command = {
  usage: "npm run test:crash --",
  summary:
    "Kills the real server (kill -9) at random moments while four clients add, replace and remove items, starts it again,\n" +
    "also on a damaged index file, and holds all that it has against all that it acknowledged.",
  options: {
    kills: {
      description: "how often",
      value: "N",
      schema: whole.positive("use a number above 0").default(200),
    },
    seed: { description: "seed of the moments", value: "N", schema: whole.default(1) },
  },
};

await runCommand(command, async ({ options, signal, print }) => {
  const bar = progress("killing", options.kills, "kills");
  const { kills, duringStart, damaged, acknowledged, lost } = await crashRun(
    options.kills,
    options.seed,
    signal,
    () => bar.advance(1),
  );
  bar.finish();
  for (const line of lost) print(`lost: ${line}`);
  print(
    `${kills} kills (${duringStart} while starting; ${damaged} starts on a damaged index file), ${acknowledged} changes acknowledged, ${lost.length} lost`,
  );
  if (lost.length > 0) process.exitCode = 1;
});
