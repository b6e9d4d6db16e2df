/** `npm run test:soak`: minutes of mixed requests, during which memory must stay flat. */
import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { uniform } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { storeFolder } from "@plumage/models/node";
import { z } from "zod";
import { freePort, writeEmptyStore } from "../support/prepareStore.ts";
import { startServer, stopServer, untilReady } from "../support/server.ts";
import { probe, type Reading, readProbe, readServer } from "./readings.ts";
import { header, jsonOf, report, rowOf, type Tally } from "./report.ts";
import { addStableItems, type Bodies, createBodies, sendRandom } from "./requests.ts";

const numberSchema = z.coerce.number("use a number").positive("use a number above 0");
const command = {
  usage: "npm run test:soak --",
  summary:
    "Starts the server on a tiny model, sends mixed requests, valid and invalid, from several\n" +
    "clients, and prints its memory and the turns of its event loop over time. Fails on any\n" +
    "status of 500 or above other than 503, on growing memory, and on long turns.",
  options: {
    minutes: { description: "duration in minutes", value: "N", schema: numberSchema.default(10) },
    clients: {
      description: "concurrent clients",
      value: "N",
      schema: numberSchema.int().default(8),
    },
    json: { description: "also print the readings as JSON", schema: z.boolean().default(false) },
  },
};

const readingCount = 20;

await runCommand(command, async ({ options, signal, print }) => {
  const name = `soak-${process.pid}`;
  const folder = storeFolder(name);
  let server: ReturnType<typeof startServer> | undefined;
  try {
    await writeEmptyStore(folder);
    server = startServer(name, await freePort(), probe);
    const { url, child } = await untilReady(server);
    const bodies = await createBodies();
    await addStableItems(url, bodies);
    // Discards what the start and the first run of each function took.
    await readProbe(child);
    const clients = startClients(url, bodies, options.clients);
    const readings: Reading[] = [];
    print(header);
    for (let i = 1; i <= readingCount && !signal.aborted; i++) {
      const pause = (options.minutes * 60_000) / readingCount;
      await Promise.race([wait(pause, undefined, { signal }), clients.failed]);
      const minutes = (i * options.minutes) / readingCount;
      const reading = { minutes, ...(await readServer(url, child)) };
      readings.push(reading);
      print(rowOf(reading, clients.tally.requests));
    }
    await clients.stop();
    await stopServer(child, "SIGTERM");
    if (options.json) print(JSON.stringify({ readings, ...jsonOf(clients.tally) }));
    if (!report(readings, clients.tally, print)) process.exitCode = 1;
  } finally {
    if (server) await stopServer(server, "SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
});

/** Starts clients that send one request after another until they are stopped. */
function startClients(url: string, bodies: Bodies, count: number) {
  const tally = { statuses: new Map<number, number>(), failures: new Set<string>(), requests: 0 };
  let isStopped = false;
  const run = async (seed: number) => {
    const next = uniform(seed);
    while (!isStopped) {
      // A broken connection counts as a failure of status 0.
      const { request, status } = await sendRandom(url, bodies, next).catch((error: Error) => ({
        request: `${error.message}: ${(error.cause as Error | undefined)?.message}`,
        status: 0,
      }));
      tally.requests++;
      tally.statuses.set(status, (tally.statuses.get(status) ?? 0) + 1);
      if (status === 0 || (status >= 500 && status !== 503))
        tally.failures.add(`${request}: ${status}`);
    }
  };
  const running = Promise.all(Array.from({ length: count }, (_, i) => run(i + 1)));
  running.catch(() => undefined);
  return {
    tally: tally as Tally,
    /** Rejects with the error of a client. */
    failed: running,
    async stop() {
      isStopped = true;
      await running;
    },
  };
}
