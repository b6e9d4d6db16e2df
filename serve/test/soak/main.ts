/** `npm run test:soak`: minutes of mixed requests, during which memory must stay flat. */
import { rm } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { uniform } from "@plumage/models";
import { runCommand } from "@plumage/models/cli";
import { storeFolder } from "@plumage/models/node";
import { z } from "zod";
import { freePort, writeEmptyStore } from "../support/prepareStore.ts";
import { startServer, stopServer, untilReady } from "../support/server.ts";
import { type Attacker, prepareAttacks } from "./attacks.ts";
import { searchPatiently } from "./bystander.ts";
import { watchMachineSpeed } from "./machineSpeed.ts";
import { probe, type Reading, readProbe, readServer } from "./readings.ts";
import { header, jsonOf, report, rowOf } from "./report.ts";
import { addStableItems, type Bodies, createBodies, sendRandom } from "./requests.ts";
import { Tally } from "./tally.ts";
import { watchMemory } from "./treeMemory.ts";

const numberSchema = z.coerce.number().positive();
const command = {
  usage: "npm run test:soak --",
  summary:
    "Starts the server on a tiny model, sends mixed requests, valid and invalid, from several\n" +
    "clients, and attacks it with costly images and stalled connections. Prints its memory and\n" +
    "the turns of its event loop over time. Fails on any status of 500 or above other than 503\n" +
    "and 507, on growing memory or more than 1.5 GB of it, on long turns, and if small searches\n" +
    "take more than a second.",
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
/** Without any request before each reading. */
const restMs = 1000;

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
    const tally = new Tally();
    const attack = await prepareAttacks(url, tally);
    const memory = watchMemory(child.pid!);
    const speed = probe && watchMachineSpeed();
    // Discards what the start and the first run of each function took.
    await readProbe(child);
    const durations: number[] = [];
    const readings: Reading[] = [];
    print(header);
    for (let i = 1; i <= readingCount && !signal.aborted; i++) {
      const clients = startClients({ url, bodies, tally, attack }, options.clients, i);
      const duration = (options.minutes * 60_000) / readingCount;
      await Promise.race([wait(duration, undefined, { signal }), clients.failed]);
      durations.push(...(await clients.stop()));
      const peerMs = speed?.read();
      // Closed connections and ended calls give back their buffers.
      await wait(restMs);
      const minutes = (i * options.minutes) / readingCount;
      const reading = { minutes, ...(await readServer(url, child)), peerMs };
      readings.push(reading);
      print(rowOf(reading, tally.requests));
    }
    memory.stop();
    speed?.stop();
    await stopServer(child, "SIGTERM");
    const results = { readings, tally, durations, peakBytes: memory.peak() };
    if (options.json) print(JSON.stringify(jsonOf(results)));
    if (!report(results, print)) process.exitCode = 1;
  } finally {
    if (server) await stopServer(server, "SIGKILL");
    await rm(folder, { recursive: true, force: true });
  }
});

interface Load {
  readonly url: string;
  readonly bodies: Bodies;
  readonly tally: Tally;
  readonly attack: Attacker;
}

/** Starts clients of every kind, which send one request after another until they are stopped. */
function startClients({ url, bodies, tally, attack }: Load, count: number, seed: number) {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (seed: number) => {
    const next = uniform(seed);
    while (!signal.aborted) await sendRandom(url, bodies, next, tally);
  };
  const searches = searchPatiently(url, bodies.small[0]!, tally, signal);
  const running = Promise.all([
    searches,
    attack(signal),
    ...Array.from({ length: count }, (_, i) => run(seed * count + i)),
  ]);
  running.catch(() => undefined);
  return {
    /** Rejects with the error of a client. */
    failed: running,
    /** @returns how long the searches of small images took, in milliseconds */
    async stop(): Promise<number[]> {
      stopping.abort();
      await running;
      return searches;
    },
  };
}
