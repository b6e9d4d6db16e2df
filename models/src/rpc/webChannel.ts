/** Channels between a page and its worker. */
import { PlumageError } from "../errors.ts";
import type { Channel } from "./channel.ts";

/** The parts of a DOM Worker or DedicatedWorkerGlobalScope that a channel needs. */
interface MessageTarget {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

interface WorkerTarget extends MessageTarget {
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "error" | "messageerror", listener: (event: ErrorLike) => void): void;
  terminate(): void;
}

interface ErrorLike {
  readonly message?: string;
  preventDefault(): void;
}

/** The page's end of a worker. */
export const webWorkerChannel = (worker: WorkerTarget): Channel => ({
  post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
  onMessage: (listener) => worker.addEventListener("message", ({ data }) => listener(data)),
  onFailure(listener) {
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      // A script that cannot be fetched gives an event without a message.
      const reason = event.message || "its script cannot be fetched";
      listener(new PlumageError("unavailable", `the worker stopped: ${reason}`));
    });
    worker.addEventListener("messageerror", () =>
      listener(new PlumageError("unavailable", "the worker sent what this page cannot read")),
    );
  },
  async close() {
    worker.terminate();
  },
});

/** The worker's end; `scope` is the worker's `self`. */
export const webScopeChannel = (scope: MessageTarget & { close(): void }): Channel => ({
  post: (message, transfer = []) => scope.postMessage(message, [...transfer]),
  onMessage: (listener) => scope.addEventListener("message", ({ data }) => listener(data)),
  // The page's end takes the worker with it.
  onFailure: () => undefined,
  async close() {
    scope.close();
  },
});
