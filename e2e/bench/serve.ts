/** `npm run bench -- serve`: searches by image per second, compared with a server in Python. */
import { readFile } from "node:fs/promises";
import { progress, runCommand } from "@plumage/models/cli";
import { modelNameOption, readItems, readManifest, storeFolder } from "@plumage/models/node";
import { z } from "zod";
import { median } from "../support/median.ts";
import { freePort, startServer } from "../support/servers/searchServer.ts";
import { table } from "../support/table.ts";
import { type Load, load } from "./load.ts";
import { count, json, python } from "./options.ts";
import { type Side, startPeer } from "./pythonPeer.ts";

const clientCounts = [1, 8, 32] as const;
/** Distinct images in the requests. */
const imageCount = 64;
const warmUpSeconds = 2;

const command = {
  usage: "npm run bench -- serve",
  summary:
    "Starts the search server on an indexed model, then an equivalent in Python (FastAPI,\n" +
    "Pillow, torch, faiss; the same network with random weights, as many vectors). Sends\n" +
    "both the same images and prints requests/s for 1, 8 and 32 clients.",
  options: {
    name: modelNameOption,
    python: python("fastapi, uvicorn, pillow, torch and faiss"),
    rounds: { description: "how often each side starts", value: "N", schema: count.default(3) },
    seconds: {
      description: "seconds for each number of clients",
      value: "N",
      schema: count.default(10),
    },
    json,
  },
};

const readySchema = z.object({ items: z.int() });

/** All that was measured of one side: in each round, a load for each number of clients. */
interface SideResults {
  readonly loads: Load[][];
  readonly peakMegabytes: number[];
}

/** Peak memory of a process in MB; undefined outside of Linux. */
async function peakMegabytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1000;
}

async function measure(
  side: Side,
  bodies: readonly Uint8Array<ArrayBuffer>[],
  seconds: number,
  into: SideResults,
  onLoad: (clients: number) => void,
): Promise<void> {
  try {
    const url = `${side.url}/search?k=12`;
    await load(url, bodies, 8, warmUpSeconds);
    const loads: Load[] = [];
    for (const clients of clientCounts) {
      loads.push(await load(url, bodies, clients, seconds));
      onLoad(clients);
    }
    into.loads.push(loads);
    const peak = await peakMegabytes(side.pid);
    if (peak !== undefined) into.peakMegabytes.push(peak);
  } finally {
    await side.close();
  }
}

await runCommand(command, async ({ options, signal, print }) => {
  const folder = storeFolder(options.name);
  const { preprocessing, dimension } = await readManifest(folder);
  const items = (await readItems(folder)).filter(({ split }) => split === "test");
  const bodies = await Promise.all(
    items.slice(0, imageCount).map(async ({ path }) => Uint8Array.from(await readFile(path))),
  );
  const ours: SideResults = { loads: [], peakMegabytes: [] };
  const peer: SideResults = { loads: [], peakMegabytes: [] };
  let version = "";
  let indexed = 0;
  const bar = progress("measuring", 2 * options.rounds * clientCounts.length, "loads");
  const onLoad = (side: string) => (clients: number) => {
    signal.throwIfAborted();
    bar.advance(1, `${side}, ${clients} clients`);
  };
  for (let round = 0; round < options.rounds; round++) {
    const server = await startServer(options.name, await freePort(), signal);
    indexed = readySchema.parse(await (await fetch(`${server.url}/readyz`)).json()).items;
    const side = { url: server.url, pid: server.process.pid!, close: server.close };
    await measure(side, bodies, options.seconds, ours, onLoad("ours"));
    const args = [preprocessing.imageSize, dimension, indexed].map(String);
    const python = await startPeer(options.python, args, await freePort());
    version = python.version;
    await measure(python, bodies, options.seconds, peer, onLoad("peer"));
  }
  bar.finish();
  const rows = rowsOf(ours, peer);
  const peaks = { ours: peakOf(ours), peer: peakOf(peer) };
  if (options.json)
    return print(JSON.stringify({ rows, peakMegabytes: peaks, images: indexed, peer: version }));
  print(`requests/s of POST /search, ${preprocessing.imageSize} px, ${indexed} images`);
  print(`peer: ${version}`);
  for (const line of linesOf(rows)) print(line);
  const megabytes = (peak: number | null) => (peak === null ? "unknown" : `${peak.toFixed(0)} MB`);
  print(`peak memory: ours ${megabytes(peaks.ours)}, peer ${megabytes(peaks.peer)}`);
});

/** Medians over the rounds for each number of clients. */
function rowsOf(ours: SideResults, peer: SideResults) {
  return clientCounts.map((clients, at) => {
    const of = ({ loads }: SideResults, figure: keyof Load) =>
      median(loads.map((round) => round[at]![figure]));
    const [rate, peerRate] = [of(ours, "requestsPerSecond"), of(peer, "requestsPerSecond")];
    return {
      clients,
      ours: rate,
      peer: peerRate,
      ratio: rate / peerRate,
      p50: of(ours, "p50"),
      p99: of(ours, "p99"),
      peerP50: of(peer, "p50"),
      peerP99: of(peer, "p99"),
    };
  });
}

function linesOf(rows: ReturnType<typeof rowsOf>): string[] {
  const heading = ["clients", "ours", "peer", "ratio", "p50 ms", "p99 ms", "peer p50", "peer p99"];
  const cells = rows.map((row) => [
    String(row.clients),
    row.ours.toFixed(1),
    row.peer.toFixed(1),
    row.ratio.toFixed(2),
    ...[row.p50, row.p99, row.peerP50, row.peerP99].map((ms) => ms.toFixed(0)),
  ]);
  return table(heading, cells);
}

function peakOf({ peakMegabytes }: SideResults): number | null {
  return peakMegabytes.length > 0 ? median(peakMegabytes) : null;
}
