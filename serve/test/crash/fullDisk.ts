/** Fills the server's disk while it is written to, and checks its answers and what remains. */
import { once } from "node:events";
import { readdir, rm } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { uniform } from "@plumage/models";
import { indexPaths, storeFolder, storePaths } from "@plumage/models/node";
import { Catalog } from "../../src/stores/embedded/catalog.ts";
import { freePort, writeEmptyStore } from "../support/prepareStore.ts";
import { type Server, startServer, stopServer, untilReady } from "../support/server.ts";
import { mountSmallDisk, type SmallDisk } from "../support/smallDisk.ts";
import type { Refusal } from "./client.ts";
import { Clients } from "./clients.ts";

const diskMegabytes = 16;
/** Time to write with and without space. */
const maxWritingMs = 400;
/** Every combination: starts with space and without, after a stop and after a kill. */
const startsFull = (round: number) => round % 2 === 1;
const endsKilled = (round: number) => round % 4 >= 2;
/** 128 and the number of SIGTERM. */
const stoppedCode = 143;

export interface FullDiskResult {
  /** Starts on a full disk. */
  readonly fullStarts: number;
  /** Kills on a full disk. */
  readonly fullKills: number;
  /** Changes that were refused for lack of space. */
  readonly refused: number;
  /** Acknowledged changes. */
  readonly acknowledged: number;
  /** Items that are missing or wrong, other answers, and files left over, one line each. */
  readonly failures: readonly string[];
}

/** Needs the right to mount: see `noSmallDisk`. @param seed of the clients' requests */
export async function fullDiskRun(
  rounds: number,
  seed: number,
  signal: AbortSignal,
): Promise<FullDiskResult> {
  const name = `full-disk-${process.pid}`;
  const folder = storeFolder(name);
  const disk = await mountSmallDisk(storePaths(folder).index, diskMegabytes);
  const scenario = new FullDisk(disk, storePaths(folder).index, uniform(seed));
  let [fullStarts, fullKills] = [0, 0];
  try {
    await writeEmptyStore(folder);
    const port = await freePort();
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      await (startsFull(round) ? disk.fill() : disk.free());
      if (startsFull(round)) fullStarts++;
      const server = await untilReady(startServer(name, port));
      if (endsKilled(round)) {
        fullKills++;
        await scenario.fill(server);
        await stopServer(server.child, "SIGKILL");
      } else {
        await scenario.fillAndFree(server);
        if (startsFull(round)) await disk.fill();
        await scenario.stop(server);
      }
    }
  } finally {
    await disk.unmount();
    await rm(folder, { recursive: true, force: true });
  }
  const { refused, clients } = scenario;
  const { acknowledged, failures } = clients;
  return { fullStarts, fullKills, refused, acknowledged, failures };
}

class FullDisk {
  readonly clients: Clients;
  readonly #disk: SmallDisk;
  readonly #index: string;
  readonly #next: () => number;
  refused = 0;

  constructor(disk: SmallDisk, index: string, next: () => number) {
    this.#disk = disk;
    this.#index = index;
    this.#next = next;
    this.clients = new Clients(next);
  }

  /** Fills the disk while clients write. */
  async fill({ url }: Server): Promise<void> {
    await this.clients.check(url);
    await this.#writeAround(url, this.#disk.fill);
    await this.clients.check(url);
  }

  /** Then checks that changes succeed with space again, and that the refused ones left no file. */
  async fillAndFree(server: Server): Promise<void> {
    const before = await this.#unusedFiles();
    await this.fill(server);
    const { clients } = this;
    const { acknowledged } = clients;
    await this.#disk.free();
    await this.#writeAround(server.url, async () => undefined);
    if (clients.acknowledged === acknowledged)
      clients.failures.push("the server takes no changes though there is space again");
    await clients.check(server.url);
    for (const file of await this.#unusedFiles())
      if (!before.includes(file)) clients.failures.push(`${file} is left over`);
  }

  async stop({ child }: Server): Promise<void> {
    const exited = once(child, "exit");
    await stopServer(child, "SIGTERM");
    const [code] = await exited;
    if (code !== stoppedCode) this.clients.failures.push(`stopping ended with exit code ${code}`);
  }

  async #writeAround(url: string, event: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const onRefusal = (refusal: Refusal) => {
      if (isFullDisk(refusal)) this.refused++;
      else this.clients.failures.push(`a refusal: ${refusal.status} ${refusal.body}`);
    };
    const writing = this.clients.write(url, { onRefusal, signal: stop.signal });
    await wait(this.#next() * maxWritingMs);
    await event();
    await wait(this.#next() * maxWritingMs);
    stop.abort();
    await writing;
  }

  /** Uploaded files that belong to no item. */
  async #unusedFiles(): Promise<string[]> {
    const { catalog: path, uploads } = indexPaths(this.#index);
    const catalog = new Catalog(path, true);
    const used = new Set(catalog.uploadedPaths().map((file) => basename(file)));
    catalog.close();
    return (await readdir(uploads).catch(() => [])).filter((file) => !used.has(file));
  }
}

/** Whether an answer says that the disk is full, in the right form, and names no file. */
const isFullDisk = ({ status, type, body }: Refusal): boolean =>
  status === 507 && type === "application/problem+json" && !/catalogue|uploads/.test(body);
