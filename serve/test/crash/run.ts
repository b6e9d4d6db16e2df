/** Kills the server again and again while it is written to, and checks what survives. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rm, truncate, writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { exitCodes, uniform } from "@plumage/models";
import { indexPaths, storeFolder, storePaths } from "@plumage/models/node";
import { freePort, writeEmptyStore } from "../support/prepareStore.ts";
import { startServer, stopServer, untilReady } from "../support/server.ts";
import { Clients } from "./clients.ts";

const maxWritingMs = 500;
const maxStartMs = 1500;
/**
 * Shares of the rounds with a damaged index, a kill during the start, a second server, and a
 * regular stop.
 */
const share = 0.15;

export interface CrashResult {
  readonly kills: number;
  /** Kills while the server was starting. */
  readonly duringStart: number;
  /** Starts with a damaged index file. */
  readonly damaged: number;
  /** Second servers that were started on the same store. */
  readonly rivals: number;
  /** Acknowledged changes. */
  readonly acknowledged: number;
  /** Items that are missing, wrong or not found, one line each. */
  readonly lost: readonly string[];
}

/** @param seed of the clients' requests and the moments of the kills */
export async function crashRun(
  kills: number,
  seed: number,
  signal: AbortSignal,
  onKill: (kills: number) => void,
): Promise<CrashResult> {
  const name = `crash-${process.pid}`;
  const folder = storeFolder(name);
  const next = uniform(seed);
  const clients = new Clients(next);
  const { failures: lost } = clients;
  let [done, duringStart, damaged, rivals] = [0, 0, 0, 0];
  try {
    await writeEmptyStore(folder);
    const port = await freePort();
    while (done < kills && !signal.aborted) {
      if (next() < share) {
        damaged++;
        await damage(indexPaths(storePaths(folder).index).vectors, next);
      }
      const child = startServer(name, port);
      const kill = async () => {
        await stopServer(child, "SIGKILL");
        onKill(++done);
      };
      if (next() < share) {
        await wait(next() * maxStartMs);
        await kill();
        duringStart++;
        continue;
      }
      const { url } = await untilReady(child);
      await clients.check(url);
      const writing = clients.write(url);
      if (next() < share) {
        rivals++;
        const exitCode = await exitOf(startServer(name, await freePort()));
        if (exitCode !== exitCodes.unavailable) lost.push(`a second server: exit code ${exitCode}`);
      }
      await wait(next() * maxWritingMs);
      // A regular stop saves the index, so later starts find index files of different ages.
      if (next() < share) await stopServer(child, "SIGTERM");
      else await kill();
      await writing;
    }
    const { url, child } = await untilReady(startServer(name, port));
    await clients.check(url);
    await stopServer(child, "SIGTERM");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { kills: done, duringStart, damaged, rivals, acknowledged: clients.acknowledged, lost };
}

/** Waits for a server that must not start. */
async function exitOf(child: ChildProcess): Promise<number | string | null> {
  const exited = once(child, "exit");
  const started = untilReady(child).then(
    () => "none, it serves",
    () => undefined,
  );
  const result = (await started) ?? (await exited)[0];
  await stopServer(child, "SIGKILL");
  return result;
}

/** Truncates or overwrites a file. */
async function damage(path: string, next: () => number): Promise<void> {
  if (next() < 0.5) await truncate(path, Math.floor(next() * 2000)).catch(() => undefined);
  else await writeFile(path, "no index");
}
