/**
 * `npm run bench -- serve`: searches by image per second of our service and of FastAPI with torch
 * and faiss, in turn.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { PlumageError } from "@plumage/models";
import { progress, runCommand } from "@plumage/models/cli";
import { readItems, readManifest, storeFolder, storeNameSchema } from "@plumage/models/node";
import { z } from "zod";
import { median } from "../support/median.ts";
import { freePort, startServer } from "../support/servers/searchServer.ts";
import { type Load, load } from "./load.ts";
import { fileBeside } from "./measured.ts";

const count = z.coerce.number().int("use a whole number").positive("use a number above 0");
const clientCounts = [1, 8, 32] as const;
/** Different images that are sent. */
const images = 64;
const warmUpSeconds = 2;
const startSeconds = 120;

const command = {
  usage: "npm run bench -- serve",
  summary:
    "Starts our service on an indexed model, then the same in Python (FastAPI, Pillow, torch, faiss; the same network with\n" +
    "weights of its own, as many vectors), sends both the same images, and prints requests/s at 1, 8 and 32 clients.",
  options: {
    name: {
      description: "name of the model",
      value: "NAME",
      schema: storeNameSchema.default("emoji"),
    },
    python: {
      description: "Python with fastapi, uvicorn, pillow, torch, faiss",
      value: "FILE",
      schema: z.string().min(1).default("python3"),
    },
    rounds: {
      description: "times that each side is started",
      value: "N",
      schema: count.default(3),
    },
    seconds: {
      description: "seconds for each number of clients",
      value: "N",
      schema: count.default(10),
    },
    json: { description: "print the rows as JSON", schema: z.boolean().default(false) },
  },
};

const ready = z.object({ items: z.int() });

interface Side {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** Peak memory of a process in MB, where the system tells. */
async function peakMegabytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1000;
}

async function startPeer(
  python: string,
  words: readonly string[],
  port: number,
): Promise<Side & { version: string }> {
  const child = spawn(python, [fileBeside("fastapi_serve.py"), String(port), ...words], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + startSeconds * 1000;
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) {
      const { version } = (await answer.json()) as { version: string };
      const close = async () => {
        const closed = once(child, "close");
        child.kill();
        await closed;
      };
      return { url, pid: child.pid!, version, close };
    }
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill();
      const reason = said.trim().split("\n").at(-1) ?? "it gave no answer";
      throw new PlumageError(
        "unavailable",
        `the peer does not serve: ${reason}`,
        "see --help for what it needs",
      );
    }
    await sleep(200);
  }
}

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const { architecture, dimension } = await readManifest(folder);
  const items = (await readItems(folder)).filter(({ split }) => split === "test");
  const bodies = await Promise.all(
    items.slice(0, images).map(async ({ path }) => Uint8Array.from(await readFile(path))),
  );
  const sides = { ours: [] as Load[][], peer: [] as Load[][] };
  const memory = { ours: [] as number[], peer: [] as number[] };
  let version = "";
  let indexed = 0;
  const bar = progress("measuring", 2 * options.rounds * clientCounts.length, "loads");
  const measure = async (side: Side, which: "ours" | "peer") => {
    try {
      await load(`${side.url}/search?k=12`, bodies, 8, warmUpSeconds);
      const loads: Load[] = [];
      for (const clients of clientCounts) {
        signal.throwIfAborted();
        loads.push(await load(`${side.url}/search?k=12`, bodies, clients, options.seconds));
        bar.advance(1, `${which}, ${clients} clients`);
      }
      sides[which].push(loads);
      const peak = await peakMegabytes(side.pid);
      if (peak !== undefined) memory[which].push(peak);
    } finally {
      await side.close();
    }
  };
  for (let round = 0; round < options.rounds; round++) {
    const server = await startServer(options.name, await freePort(), signal);
    indexed = ready.parse(await (await fetch(`${server.url}/readyz`)).json()).items;
    await measure({ url: server.url, pid: server.process.pid!, close: server.close }, "ours");
    const words = [architecture.imageSize, dimension, indexed].map(String);
    const peer = await startPeer(options.python, words, await freePort());
    version = peer.version;
    await measure(peer, "peer");
  }
  bar.finish();
  const of = (which: "ours" | "peer", at: number, what: keyof Load) =>
    median(sides[which].map((loads) => loads[at]![what]));
  const rows = clientCounts.map((clients, at) => {
    const [ours, peer] = [of("ours", at, "requestsPerSecond"), of("peer", at, "requestsPerSecond")];
    const times = { p50: of("ours", at, "p50"), p99: of("ours", at, "p99") };
    return {
      clients,
      ours,
      peer,
      ratio: ours / peer,
      ...times,
      peerP50: of("peer", at, "p50"),
      peerP99: of("peer", at, "p99"),
    };
  });
  const peaks = Object.fromEntries(
    Object.entries(memory).map(([which, all]) => [which, all.length > 0 ? median(all) : null]),
  );
  if (options.json)
    return print(JSON.stringify({ rows, peakMegabytes: peaks, images: indexed, peer: version }));
  print(
    `requests/s of POST /search, ${architecture.imageSize} px, ${indexed} images, beside ${version}`,
  );
  print("clients   ours   peer  ratio   p50   p99  peer's p50   p99 (ms)");
  for (const row of rows) {
    const cells = [
      String(row.clients).padStart(7),
      row.ours.toFixed(1).padStart(6),
      row.peer.toFixed(1).padStart(6),
    ];
    const times = [row.p50, row.p99, row.peerP50, row.peerP99].map((time, i) =>
      time.toFixed(0).padStart([5, 5, 11, 5][i]!),
    );
    print([...cells, row.ratio.toFixed(2).padStart(6), ...times].join(" "));
  }
  print(`peak memory: ours ${peaks.ours?.toFixed(0)} MB, peer ${peaks.peer?.toFixed(0)} MB`);
});
