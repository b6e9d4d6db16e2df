/** What a page and its inference worker keep alive, by Chrome's DevTools protocol. */
import type { CDPSession, Page, Worker } from "@playwright/test";
import { isInferenceWorker } from "./inferenceWorker.ts";

/** Measured after a garbage collection. */
export interface PageMemory {
  /**
   * JavaScript objects of the page by constructor: functions, promises, array buffers and DOM nodes
   * are among them, views of a node such as its class list are not. Unlike bytes, their number does
   * not depend on what the engine compiles.
   */
  readonly pageObjects: Readonly<Record<string, number>>;
  /** Bytes of the worker's heap and array buffers, WebAssembly memories excepted. */
  readonly workerBytes: number;
  /** Bytes of all WebAssembly memories in the worker. None ever shrinks. */
  readonly wasm: number;
  /** Elements in the page's document. */
  readonly elements: number;
  /** Blob URLs that have not been revoked. */
  readonly blobUrls: number;
}

declare global {
  var wasmMemories: WebAssembly.Memory[];
  var blobUrls: Set<string>;
}

/**
 * Starts counting in a page that has not been opened yet.
 *
 * @returns takes a measurement; to be called once the page has computed something
 */
export async function watchMemory(page: Page): Promise<() => Promise<PageMemory>> {
  let worker: Worker | undefined;
  page.on("worker", async (started) => {
    if (!isInferenceWorker(started.url())) return;
    worker = started;
    // The runtime has yet to be downloaded: it makes its memories later. The worker of a page that
    // reloads may be gone already.
    await started.evaluate(keepMemories).catch(() => undefined);
  });
  await page.addInitScript(countBlobUrls);
  const session = await page.context().newCDPSession(page);
  const workerSession = new WorkerSession(session, isInferenceWorker);
  return async () => ({
    pageObjects: await countObjects(session),
    workerBytes: await heapBytes(workerSession),
    wasm: await worker!.evaluate(() =>
      wasmMemories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    ),
    elements: await page.evaluate(() => document.getElementsByTagName("*").length),
    blobUrls: await page.evaluate(() => blobUrls.size),
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

function countBlobUrls(): void {
  globalThis.blobUrls = new Set();
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    const url = createObjectURL(blob);
    blobUrls.add(url);
    return url;
  };
  URL.revokeObjectURL = (url) => {
    blobUrls.delete(url);
    revokeObjectURL(url);
  };
}

/**
 * Views of an element that the engine creates on first use. It keeps them until a minor garbage
 * collection drops them or the element goes: the tiles on the screen alone make a hundred more or
 * less. Elements themselves are counted.
 */
const elementViews = [
  "DOMTokenList",
  "DOMStringMap",
  "CSSStyleDeclaration",
  "NamedNodeMap",
  "Attr",
] as const;

/** Collects garbage and counts what remains, by constructor. */
async function countObjects(session: CDPSession): Promise<Record<string, number>> {
  const objectGroup = "count";
  const { result: prototype } = await session.send("Runtime.evaluate", {
    expression: "Object.prototype",
    objectGroup,
  });
  const { objects } = await session.send("Runtime.queryObjects", {
    prototypeObjectId: prototype.objectId!,
    objectGroup,
  });
  const { result: counts } = await session.send("Runtime.callFunctionOn", {
    objectId: objects.objectId!,
    functionDeclaration: `function () {
      const views = [${elementViews.join()}];
      const counts = {};
      for (const object of this) {
        if (views.some((view) => object instanceof view)) continue;
        const name = Object.getPrototypeOf(object)?.constructor?.name || "without a name";
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    }`,
    returnByValue: true,
  });
  await session.send("Runtime.releaseObjectGroup", { objectGroup });
  return counts.value;
}

interface HeapUsage {
  readonly usedSize: number;
  /** Of array buffers and other external memory. */
  readonly backingStorageSize: number;
}

/** Collects garbage and measures what remains. A worker does not answer Runtime.queryObjects. */
async function heapBytes(session: WorkerSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const usage = (await session.send("Runtime.getHeapUsage")) as HeapUsage;
  return usage.usedSize + usage.backingStorageSize;
}

/** Playwright's sessions have no sub-sessions: commands to the worker travel inside the page's. */
class WorkerSession {
  readonly #outer: CDPSession;
  readonly #id: Promise<string>;
  readonly #pending = new Map<
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
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) pending?.reject(new Error(error.message));
      else pending?.resolve(result);
    });
  }

  async send(method: string): Promise<unknown> {
    // Attaches at the first call rather than at once: a reload before that does not matter.
    const options = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await this.#outer.send("Target.setAutoAttach", options);
    const sessionId = await this.#id;
    const id = this.#commands++;
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    await this.#outer.send("Target.sendMessageToTarget", {
      sessionId,
      message: JSON.stringify({ id, method }),
    });
    return answer;
  }
}
