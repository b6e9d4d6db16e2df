import { expect, test } from "vitest";
import { Client } from "./client.ts";
import { serve } from "./server.ts";
import { webScopeChannel, webWorkerChannel } from "./webChannel.ts";

interface Echo {
  echo(params: string): string;
}

/** A page's Worker and the worker's own scope, without a thread between them. */
function connectedTargets() {
  const worker = Object.assign(new EventTarget(), {
    postMessage: (data: unknown) => void scope.dispatchEvent(new MessageEvent("message", { data })),
    terminate: () => undefined,
  });
  const scope = Object.assign(new EventTarget(), {
    postMessage: (data: unknown) =>
      void worker.dispatchEvent(new MessageEvent("message", { data })),
    close: () => undefined,
  });
  return { worker, scope } as unknown as {
    worker: Parameters<typeof webWorkerChannel>[0] & EventTarget;
    scope: Parameters<typeof webScopeChannel>[0];
  };
}

test("a page calls its worker", async () => {
  const { worker, scope } = connectedTargets();
  const client = new Client<Echo>(webWorkerChannel(worker));
  serve<Echo>(webScopeChannel(scope), { echo: (text) => text });
  await client.ready;
  expect(await client.call("echo", "here")).toBe("here");
});

test("a worker's uncaught error rejects open and later calls with the page's message", async () => {
  const { worker } = connectedTargets();
  const client = new Client<Echo>(webWorkerChannel(worker), {
    failure: ({ message }) => new Error(`reload the page: ${message}`),
  });
  const call = client.call("echo", "lost");
  worker.dispatchEvent(new Event("error", { cancelable: true }));
  const message = "reload the page: the worker stopped: its script cannot be fetched";
  await expect(call).rejects.toThrow(message);
  await expect(client.ready).rejects.toThrow(message);
  await expect(client.call("echo", "late")).rejects.toThrow(message);
});
