/**
 * What a page and its inference worker keep alive, as Chrome's DevTools protocol counts it. Counts
 * of objects, unlike bytes, do not depend on what the engine compiles or the allocator keeps.
 */
import type { CDPSession, Page, Worker } from "@playwright/test";
import { isInferenceWorker } from "./inferenceWorker.ts";

/** Counts after a garbage collection. */
export interface PageMemory {
  /** JavaScript objects of the page: functions, promises and array buffers are among them. */
  readonly page: number;
  /** JavaScript objects of the worker. */
  readonly worker: number;
  /** Bytes of all WebAssembly memories in the worker. None ever shrinks. */
  readonly wasm: number;
  /** DOM nodes of the page, attached or not. */
  readonly nodes: number;
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
    page: await countObjects((method, params) =>
      session.send(method as "Runtime.evaluate", params),
    ),
    worker: await countObjects((method, params) => workerSession.send(method, params)),
    wasm: await worker!.evaluate(() =>
      wasmMemories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    ),
    nodes: (await session.send("Memory.getDOMCounters")).nodes,
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

// biome-ignore lint/suspicious/noExplicitAny: parameters and results differ with the method.
type Send = (method: string, params: any) => Promise<any>;

/** Collects garbage and counts what is left. */
async function countObjects(send: Send): Promise<number> {
  const objectGroup = "count";
  const prototype = await send("Runtime.evaluate", { expression: "Object.prototype", objectGroup });
  const { objects } = await send("Runtime.queryObjects", {
    prototypeObjectId: prototype.result.objectId,
    objectGroup,
  });
  const { result } = await send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: "function () { return this.length }",
    returnByValue: true,
  });
  await send("Runtime.releaseObjectGroup", { objectGroup });
  return result.value;
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

  async send(method: string, params: unknown): Promise<unknown> {
    // Attaches at the first call rather than at once: a reload before that does not matter.
    const options = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await this.#outer.send("Target.setAutoAttach", options);
    const sessionId = await this.#id;
    const id = this.#commands++;
    const answer = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    await this.#outer.send("Target.sendMessageToTarget", {
      sessionId,
      message: JSON.stringify({ id, method, params }),
    });
    return answer;
  }
}
