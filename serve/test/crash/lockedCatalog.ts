/** Locks the catalog as another program would, first briefly and then for too long. */
import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { uniform } from "@plumage/models";
import { indexPaths, storeFolder, storePaths } from "@plumage/models/node";
import Database from "libsql";
import { freePort, writeEmptyStore } from "../support/prepareStore.ts";
import { startServer, stopServer, untilReady } from "../support/server.ts";
import { inspect, type Refusal } from "./client.ts";
import { Clients } from "./clients.ts";

/** Below and above the ten seconds that the server waits. */
const lockMs = { brief: 1_000, long: 12_000 };

export interface LockedResult {
  /** Changes that were refused after a wait. */
  readonly refused: number;
  /** Lost items and unexpected answers, one line each. */
  readonly failures: readonly string[];
}

/** @param seed of the clients' requests */
export async function lockedRun(seed: number, signal: AbortSignal): Promise<LockedResult> {
  const name = `locked-${process.pid}`;
  const folder = storeFolder(name);
  const clients = new Clients(uniform(seed));
  const { failures } = clients;
  let refused = 0;
  try {
    await writeEmptyStore(folder);
    const { url, child } = await untilReady(startServer(name, await freePort()));
    for (const [length, milliseconds] of Object.entries(lockMs)) {
      const onRefusal = ({ status, retryAfter, body }: Refusal) => {
        refused++;
        if (length === "brief" || status !== 503 || !retryAfter)
          failures.push(`after a ${length} lock: ${status} ${body}`);
      };
      const lock = new Database(indexPaths(storePaths(folder).index).catalog);
      lock.exec("BEGIN IMMEDIATE");
      const stop = new AbortController();
      const writing = clients.write(url, { onRefusal, signal: stop.signal });
      // Reading waits for no lock.
      failures.push(...(await inspect(url)).failures);
      await wait(milliseconds, undefined, { signal });
      lock.close();
      stop.abort();
      await writing;
      await clients.check(url);
    }
    await stopServer(child, "SIGTERM");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { refused, failures };
}
