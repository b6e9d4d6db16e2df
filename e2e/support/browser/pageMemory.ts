/**
 * What a page and its inference worker hold in memory, by the browser's own account (Chrome
 * DevTools Protocol).
 */
import { readFile } from "node:fs/promises";
import type { CDPSession, Page, Worker } from "@playwright/test";

/** Bytes after a garbage collection, and counts. */
export interface PageMemory {
  /** The page's JavaScript heap and array buffers. */
  readonly page: number;
  /** The worker's. WebAssembly memories are not among them. */
  readonly worker: number;
  /** All WebAssembly memories that the worker has made. None ever shrinks. */
  readonly wasm: number;
  /** Nodes of the page's documents, attached or not. */
  readonly nodes: number;
  /** Addresses of blobs that have not been let go of. */
  readonly blobs: number;
  /**
   * What the browser's processes for pages hold in no file: bitmaps and canvases too. Linux tells;
   * 0 elsewhere.
   */
  readonly processes: number;
}

declare global {
  var wasmMemories: WebAssembly.Memory[];
  var blobAddresses: Set<string>;
}

/**
 * Begins to keep account, in a page that has not been opened yet.
 *
 * @param isWorker knows the inference worker by its address; the runtime's threads, workers too,
 * are asleep in WebAssembly and answer nothing
 * @returns measures; to be called once the page has computed something
 */
export async function watchMemory(
  page: Page,
  isWorker: (url: string) => boolean,
): Promise<() => Promise<PageMemory>> {
  let worker: Worker | undefined;
  page.on("worker", async (one) => {
    if (!isWorker(one.url())) return;
    worker = one;
    // In time: the runtime is downloaded before it makes a memory. A worker of a page that reloads
    // may be gone already.
    await one.evaluate(keepMemories).catch(() => undefined);
  });
  await page.addInitScript(countBlobs);
  const session = await page.context().newCDPSession(page);
  const workerSession = new WorkerSession(session, isWorker);
  return async () => ({
    page: await heldBy((method) => session.send(method)),
    worker: await heldBy((method) => workerSession.send(method)),
    wasm: await worker!.evaluate(() =>
      wasmMemories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    ),
    nodes: (await session.send("Memory.getDOMCounters")).nodes,
    blobs: await page.evaluate(() => blobAddresses.size),
    processes: await anonymousBytes(page),
  });
}

function keepMemories(): void {
  globalThis.wasmMemories = [];
  WebAssembly.Memory = class extends WebAssembly.Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      wasmMemories.push(this);
    }
  };
}

function countBlobs(): void {
  globalThis.blobAddresses = new Set();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    const address = createObjectURL(blob);
    blobAddresses.add(address);
    return address;
  };
  URL.revokeObjectURL = (address) => {
    blobAddresses.delete(address);
    revokeObjectURL(address);
  };
}

interface HeapUsage {
  readonly usedSize: number;
  /** Of array buffers and the like. */
  readonly backingStorageSize: number;
}

async function heldBy(
  send: (method: "HeapProfiler.collectGarbage" | "Runtime.getHeapUsage") => Promise<unknown>,
): Promise<number> {
  await send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize } = (await send("Runtime.getHeapUsage")) as HeapUsage;
  return usedSize + backingStorageSize;
}

async function anonymousBytes(page: Page): Promise<number> {
  if (process.platform !== "linux") return 0;
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  let kilobytes = 0;
  for (const { id } of processInfo.filter(({ type }) => type === "renderer")) {
    const status = await readFile(`/proc/${id}/status`, "utf8");
    kilobytes += Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return kilobytes * 1024;
}

/**
 * Playwright's sessions know none within them, so the worker's commands travel as text inside of
 * the page's.
 */
class WorkerSession {
  readonly #outer: CDPSession;
  readonly #id: Promise<string>;
  readonly #waiting = new Map<
    number,
    { resolve(result: unknown): void; reject(error: Error): void }
  >();
  #commands = 0;

  constructor(outer: CDPSession, isWorker: (url: string) => boolean) {
    this.#outer = outer;
    this.#id = new Promise((resolve) => {
      outer.on("Target.attachedToTarget", ({ sessionId, targetInfo: { type, url } }) => {
        if (type === "worker" && isWorker(url)) resolve(sessionId);
      });
    });
    outer.on("Target.receivedMessageFromTarget", ({ message }) => {
      const { id, result, error } = JSON.parse(message);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result);
    });
  }

  async send(method: string): Promise<unknown> {
    // Attaches to what is there by now, so that a reload before it does not matter; a second time
    // it does nothing.
    const options = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await this.#outer.send("Target.setAutoAttach", options);
    const sessionId = await this.#id;
    const id = this.#commands++;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    await this.#outer.send("Target.sendMessageToTarget", {
      sessionId,
      message: JSON.stringify({ id, method }),
    });
    return answer;
  }
}
