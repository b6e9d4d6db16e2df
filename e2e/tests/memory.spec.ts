/** Memory of the page over many searches: no more after the last than after the first. PLUMAGE_QUERIES=200 for the whole run. */
import type { CDPSession, Page } from "@playwright/test";
import { onWhite } from "../src/scenes.ts";
import { expect, test, whenReady } from "./fixtures.ts";

const queries = Number(process.env.PLUMAGE_QUERIES || 40);
/** Times that memory is measured. */
const measures = 4;
/** What a heap may differ by from one measure to the next: code that is compiled anew, caches of the browser. */
const slack = 3e6;

interface Target {
  readonly targetId: string;
  readonly type: string;
}
interface Memory {
  readonly heap: number;
  readonly wasm: number;
}

/** Bytes of a page's or worker's heap and of its WebAssembly memories, after the garbage has been collected. */
async function memoryOf(send: (method: string, params?: object) => Promise<unknown>): Promise<Memory> {
  await send("HeapProfiler.collectGarbage");
  const { usedSize } = (await send("Runtime.getHeapUsage")) as { usedSize: number };
  const { result: prototype } = (await send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" })) as {
    result: { objectId: string };
  };
  const { objects } = (await send("Runtime.queryObjects", { prototypeObjectId: prototype.objectId })) as {
    objects: { objectId: string };
  };
  const { result } = (await send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: "function () { return this.reduce((sum, { buffer }) => sum + buffer.byteLength, 0); }",
    returnByValue: true,
  })) as { result: { value: number } };
  await send("Runtime.releaseObject", { objectId: objects.objectId });
  return { heap: usedSize, wasm: result.value };
}

/** Sends to the inference worker, which the page's own session does not reach. */
async function workerOf(page: Page): Promise<(method: string, params?: object) => Promise<unknown>> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const attached = new Promise<string>((resolve) => {
    session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => {
      if ((targetInfo as Target).type === "worker") resolve(sessionId);
    });
  });
  await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const sessionId = await attached;
  let calls = 0;
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  session.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { id, result, error } = JSON.parse(message);
    const call = waiting.get(id);
    waiting.delete(id);
    if (error) call?.reject(new Error(error.message));
    else call?.resolve(result);
  });
  return (method, params = {}) => {
    const id = ++calls;
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    session.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method, params }) });
    return answer;
  };
}

test(`memory is steady over ${queries} searches`, async ({ page, site }, info) => {
  test.setTimeout(600_000);
  await page.goto(`${site.url}?provider=wasm`);
  await whenReady(page);
  const toWorker = await workerOf(page);
  const ofPage = await page.context().newCDPSession(page);
  const toPage = (method: string, params = {}) => ofPage.send(method as "Runtime.evaluate", params as never);
  const buffer = await onWhite("owl", 640, 480).jpeg().toBuffer();

  const search = async (i: number) => {
    // Each a file of its own to the page, decoded and embedded anew, drawn and remembered.
    await page.getByTestId("file-input").setInputFiles({ name: `${i}.jpg`, mimeType: "image/jpeg", buffer });
    await expect(page.locator("#preview-caption")).toHaveText(`${i}.jpg`);
    await expect(page.locator("#found")).toHaveAttribute("aria-busy", "false");
  };
  const measured: { page: Memory; worker: Memory }[] = [];
  // Buffers grow to their size and code is compiled in the first ones.
  for (let i = 0; i < 12; i++) await search(i);
  for (let measure = 0; measure < measures; measure++) {
    if (measure > 0) for (let i = 0; i < queries / (measures - 1); i++) await search(100 * measure + i);
    measured.push({ page: await memoryOf(toPage), worker: await memoryOf(toWorker) });
  }
  await info.attach("memory", { body: JSON.stringify(measured), contentType: "application/json" });
  console.log(`memory in MB over ${queries} searches:`);
  for (const { page, worker } of measured)
    console.log([page.heap, page.wasm, worker.heap, worker.wasm].map((bytes) => (bytes / 1e6).toFixed(2)).join(" "));

  const [first, last] = [measured[0]!, measured.at(-1)!];
  expect(last.worker.wasm).toBeGreaterThan(20e6);
  expect(last.worker.wasm).toBe(first.worker.wasm);
  for (const side of ["page", "worker"] as const)
    expect(last[side].heap - first[side].heap, `growth of the ${side}'s heap`).toBeLessThan(slack);
});
