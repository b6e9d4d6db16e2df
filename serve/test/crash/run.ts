/** Kills the server again and again while it is written to, and sees what comes back. */
import { rm, truncate, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { uniform } from "@plumage/models";
import { indexPaths, storeFolder, storePaths } from "@plumage/models/node";
import { freePort, prepareEmpty } from "../support/prepareStore.ts";
import { end, launch, ready } from "../support/server.ts";
import { look, write } from "./client.ts";
import { Ledger } from "./expectedState.ts";

const writers = 4;
const longestWriting = 500;
const longestStart = 1500;

export interface CrashResult {
  readonly kills: number;
  /** Of those, while the server was starting. */
  readonly duringStart: number;
  /** Starts after the index file had been damaged, too. */
  readonly damaged: number;
  readonly acknowledged: number;
  /** What was lost, half there or not to be found, a line each. */
  readonly lost: readonly string[];
}

/** @param seed of the moments; what the system does between them is its own */
export async function crashRun(
  kills: number,
  seed: number,
  signal: AbortSignal,
  onKill: (kills: number) => void,
): Promise<CrashResult> {
  const name = `crash-${process.pid}`;
  const folder = storeFolder(name);
  const next = uniform(seed);
  const ledger = new Ledger();
  const lost: string[] = [];
  let [done, duringStart, damaged] = [0, 0, 0];
  try {
    await prepareEmpty(folder);
    const port = await freePort();
    while (done < kills && !signal.aborted) {
      if (next() < 0.15) {
        damaged++;
        await damage(indexPaths(storePaths(folder).index).vectors, next);
      }
      const child = launch(name, port);
      const killed = async () => {
        await end(child, "SIGKILL");
        onKill(++done);
      };
      if (next() < 0.15) {
        await wait(next() * longestStart);
        await killed();
        duringStart++;
        continue;
      }
      const { address } = await ready(child);
      const { found, wrong } = await look(address);
      lost.push(...wrong, ...ledger.settle(found));
      const writing = Array.from({ length: writers }, (_, i) =>
        write(address, i, ledger, uniform(next() * 2 ** 31)),
      );
      await wait(next() * longestWriting);
      // Now and then it may end in peace, so that there are index files of many ages.
      if (next() < 0.15) await end(child, "SIGTERM");
      else await killed();
      await Promise.all(writing);
    }
    const last = await ready(launch(name, port));
    const { found, wrong } = await look(last.address);
    lost.push(...wrong, ...ledger.settle(found));
    await end(last.child, "SIGTERM");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { kills: done, duringStart, damaged, acknowledged: ledger.acknowledged, lost };
}

/** A file cut off, or another file in its place. */
async function damage(path: string, next: () => number): Promise<void> {
  if (next() < 0.5) await truncate(path, Math.floor(next() * 2000)).catch(() => undefined);
  else await writeFile(path, "no index");
}
