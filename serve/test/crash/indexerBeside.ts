/** Indexes a changing folder beside a server that is written to, and kills one of the two. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { exitCodes, uniform } from "@plumage/models";
import { storeFolder } from "@plumage/models/node";
import { freePort, writeEmptyStore } from "../support/prepareStore.ts";
import { startCommand, startServer, stopServer, untilReady } from "../support/server.ts";
import { imageOf, inspect } from "./client.ts";
import { Clients } from "./clients.ts";

/** Images in the folder: some batches of the indexer's. */
const folderSize = 80;
const changesPerRound = 40;
/** What an indexer takes to start and to embed the changes. */
const maxIndexingMs = 4_000;
/** Time for an indexer to notice that its server is gone. */
const patienceMs = 60_000;

export interface IndexerResult {
  readonly serverKills: number;
  readonly indexerKills: number;
  /** Changes that the server acknowledged to its other clients. */
  readonly acknowledged: number;
  /** Lost items and unexpected ends of an indexer, one line each. */
  readonly failures: readonly string[];
}

/** @param seed of the clients' requests, the folder's changes and the moments of the kills */
export async function indexerRun(
  rounds: number,
  seed: number,
  signal: AbortSignal,
): Promise<IndexerResult> {
  const name = `indexed-${process.pid}`;
  const next = uniform(seed);
  const clients = new Clients(next);
  const { failures } = clients;
  const images = await ImageFolder.create(next);
  const killed = { server: 0, indexer: 0 };
  try {
    await writeEmptyStore(storeFolder(name));
    const port = await freePort();
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      const { url, child: server } = await untilReady(startServer(name, port));
      await clients.check(url, isUploaded);
      const writing = clients.write(url);
      await images.change();
      const indexer = startIndexer(name, images.path);
      await wait(next() * maxIndexingMs);
      const victim = round % 2 === 0 ? "server" : "indexer";
      killed[victim]++;
      await stopServer(victim === "server" ? server : indexer, "SIGKILL");
      const code = await exitCodeOf(indexer);
      if (code !== null && !expectedCodes.includes(code))
        failures.push(`an indexer ended with ${code}`);
      await stopServer(server, "SIGKILL");
      await writing;
    }
    failures.push(...(await checkWhole(name, port, { clients, images })));
  } finally {
    const folders = [storeFolder(name), images.path];
    await Promise.all(folders.map((path) => rm(path, { recursive: true, force: true })));
  }
  const { server: serverKills, indexer: indexerKills } = killed;
  return { serverKills, indexerKills, acknowledged: clients.acknowledged, failures };
}

/** Of an indexer that finished, or whose server was killed. */
const expectedCodes = [0, exitCodes.unavailable];

/** The ids of uploads are names, and those of the folder are paths, with ~ for the separator. */
const isUploaded = (id: string) => !id.includes("~");

const startIndexer = (name: string, from: string): ChildProcess =>
  startCommand("index", ["--name", name, "--from", from, "--threads", "1"], "ignore");

/** @returns null for a process that was killed */
async function exitCodeOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const stop = AbortSignal.timeout(patienceMs);
  const [code] = await once(child, "exit", { signal: stop });
  return code;
}

interface Sources {
  readonly clients: Clients;
  readonly images: ImageFolder;
}

/** Indexes once more, to the end. @returns one line for each item that is not as it should be */
async function checkWhole(
  name: string,
  port: number,
  { clients, images }: Sources,
): Promise<string[]> {
  const { url, child } = await untilReady(startServer(name, port));
  const code = await exitCodeOf(startIndexer(name, images.path));
  await clients.check(url, isUploaded);
  const { actual, failures } = await inspect(url, (id) => !isUploaded(id));
  await stopServer(child, "SIGTERM");
  if (code !== 0) failures.push(`the last indexer ended with ${code}`);
  for (const [id, state] of images.items)
    if (actual.get(id) !== state) failures.push(`${id} is not indexed`);
  for (const id of actual.keys()) if (!images.items.has(id)) failures.push(`${id} is still there`);
  return failures;
}

/** A folder whose images come and go. */
class ImageFolder {
  readonly path: string;
  readonly #next: () => number;
  /** The seed of each image, by id. */
  readonly items = new Map<string, number>();

  private constructor(path: string, next: () => number) {
    this.path = path;
    this.#next = next;
  }

  static async create(next: () => number): Promise<ImageFolder> {
    const folder = new ImageFolder(await mkdtemp(join(tmpdir(), "plumage-crash-")), next);
    for (let i = 0; i < folderSize; i++) await folder.#add();
    return folder;
  }

  /** Replaces some images by others. */
  async change(): Promise<void> {
    for (let i = 0; i < changesPerRound; i++) {
      const ids = [...this.items.keys()];
      const id = ids[Math.floor(this.#next() * ids.length)]!;
      await rm(join(this.path, ...id.split("~")));
      this.items.delete(id);
      await this.#add();
    }
  }

  async #add(): Promise<void> {
    const state = Math.floor(this.#next() * 2 ** 31);
    // A folder is a class, so the label says which image it is.
    const folder = join(this.path, String(state));
    await mkdir(folder);
    await writeFile(join(folder, "image.png"), await imageOf(state));
    this.items.set(`${state}~image.png`, state);
  }
}
