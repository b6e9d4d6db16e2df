/** A command for command.test.ts that behaves as --do says. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { PlumageError } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { startWorker } from "@plumage/models/rpc/node";
import { z } from "zod";

const failingWorker = new URL("./failingWorker.ts", import.meta.url);

const actions = {
  nothing: () => {},
  refuse: () => {
    throw new PlumageError("bad-file", "model.json is missing", "run: npm run export");
  },
  break: () => {
    throw new TypeError("no such thing\nand a second line");
  },
  openFile: () => readFileSync("/nowhere/birds.csv"),
  breakLater: async () => {
    setTimeout(() => {
      throw new TypeError("later");
    }, 1);
    await sleep(600_000);
  },
  failInWorker: async () => {
    startWorker(failingWorker, "weights");
    await sleep(600_000);
  },
  wait: async (signal: AbortSignal, print: (line: string) => void) => {
    print("waiting");
    await sleep(600_000, undefined, { signal });
  },
  finishUp: async (signal: AbortSignal, print: (line: string) => void) => {
    print("waiting");
    await sleep(600_000, undefined, { signal }).catch(() => {});
    print("saved");
  },
};

const names = Object.keys(actions) as [keyof typeof actions];
const options = {
  do: { description: "what to do", value: "WHAT", schema: z.enum(names).default("nothing") },
};

await runCommand(
  { usage: "npm run try --", summary: "Tries a command.", options },
  async ({ options, signal, print }) => {
    await actions[options.do](signal, print);
  },
);
