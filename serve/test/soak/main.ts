/**
 * `npm run test:soak`: ten minutes of everything that the API takes, and whether memory stays flat.
 */
import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { uniform } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { storeFolder } from "@plumage/models/node";
import { z } from "zod";
import { freePort, prepareEmpty } from "../support/prepareStore.ts";
import { end, launch, ready } from "../support/server.ts";
import { askProbe, probe, type Reading, read } from "./readings.ts";
import { ask, bodiesOf, fill } from "./requests.ts";

const number = z.coerce.number("use a number").positive("use a number above 0");
const command = {
  usage: "npm run test:soak --",
  summary:
    "Starts the real server on a tiny model and sends it mixed requests, good and bad, from several clients; prints memory and\n" +
    "how long the event loop is held over time. Any answer of 500 or above but 503 counts as wrong.",
  options: {
    minutes: { description: "how long", value: "N", schema: number.default(10) },
    clients: { description: "requests at a time", value: "N", schema: number.int().default(8) },
    json: { description: "print the readings as JSON", schema: z.boolean().default(false) },
  },
};

/** Readings in the time that is asked for. */
const readings = 20;
/**
 * Growth of the resident memory from the middle third to the last, of which flat memory has less.
 */
const flat = 0.05;
/** Milliseconds for which our code may hold the event loop. */
const longestTurn = 20;

const mean = (all: readonly number[]): number =>
  all.reduce((sum, value) => sum + value, 0) / all.length;

await runCommand(command, async ({ options, signal, print }) => {
  const name = `soak-${process.pid}`;
  const folder = storeFolder(name);
  const counts = new Map<number, number>();
  const wrong: string[] = [];
  let server: ReturnType<typeof launch> | undefined;
  try {
    await prepareEmpty(folder);
    server = launch(name, await freePort(), probe);
    const { address, child } = await ready(server);
    const bodies = await bodiesOf();
    await fill(address, bodies);
    // What has been so far was the start, and code that runs for the first time.
    await askProbe(child);
    const all: Reading[] = [];
    let done = false;
    const client = async (seed: number) => {
      const next = uniform(seed);
      while (!done) {
        // A connection that breaks is an answer of no status, and counts as wrong.
        const { what, status } = await ask(address, bodies, next).catch((error: Error) => ({
          what: `${error.message}: ${(error.cause as Error | undefined)?.message}`,
          status: 0,
        }));
        counts.set(status, (counts.get(status) ?? 0) + 1);
        if (status === 0 || (status >= 500 && status !== 503)) wrong.push(`${what}: ${status}`);
      }
    };
    const clients = Promise.all(Array.from({ length: options.clients }, (_, i) => client(i + 1)));
    // An error of a client ends the run below; until then it is nobody's.
    clients.catch(() => undefined);
    print("minutes  resident MB  heap MB  loop's delay p99 ms  most ms  longest turn ms  requests");
    for (let i = 1; i <= readings && !signal.aborted; i++) {
      await Promise.race([
        wait((options.minutes * 60_000) / readings, undefined, { signal }),
        clients,
      ]);
      const reading = {
        minutes: (i * options.minutes) / readings,
        ...(await read(address, child)),
      };
      all.push(reading);
      const { minutes, residentMB, heapMB, delayP99Ms, delayMostMs, turnMostMs } = reading;
      const requests = [...counts.values()].reduce((sum, count) => sum + count, 0);
      const cells = [
        minutes.toFixed(1).padStart(7),
        residentMB.toFixed(0).padStart(12),
        heapMB.toFixed(0).padStart(8),
      ];
      cells.push(delayP99Ms.toFixed(1).padStart(20), delayMostMs.toFixed(1).padStart(8));
      cells.push((turnMostMs?.toFixed(1) ?? "?").padStart(16), String(requests).padStart(9));
      print(cells.join(" "));
    }
    done = true;
    await clients;
    await end(child, "SIGTERM");
    const third = Math.floor(all.length / 3);
    const resident = (from: number, to: number) =>
      mean(all.slice(from, to).map(({ residentMB }) => residentMB));
    const growth = resident(2 * third, all.length) / resident(third, 2 * third) - 1;
    const statuses = Object.fromEntries([...counts].sort(([a], [b]) => a - b));
    if (options.json) print(JSON.stringify({ readings: all, statuses, growth, wrong }));
    const told = Object.entries(statuses).map(([status, count]) => `${count} x ${status}`);
    print(`answers: ${told.join(", ")}`);
    for (const line of new Set(wrong)) print(`wrong: ${line}`);
    print(
      `resident memory from the middle third to the last: ${growth < 0 ? "" : "+"}${(growth * 100).toFixed(1)}%`,
    );
    const longest = Math.max(...all.map(({ turnMostMs = 0 }) => turnMostMs));
    if (probe) print(`longest turn of the event loop: ${longest.toFixed(1)} ms of computing`);
    if (wrong.length > 0 || growth > flat || longest > longestTurn) process.exitCode = 1;
  } finally {
    if (server) await end(server, "SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
});
