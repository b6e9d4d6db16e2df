/** Channels between a Node process and its worker threads. */
import { type MessagePort, parentPort, type Worker } from "node:worker_threads";
import { PlumageError } from "../../errors.ts";
import type { Channel } from "../channel.ts";

/** The parent's end of a worker thread. */
export function workerChannel(worker: Worker): Channel {
  let isClosing = false;
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    onMessage: (listener) => worker.on("message", listener),
    onFailure(listener) {
      worker.on("error", (error) => listener(revived(error)));
      worker.on("messageerror", listener);
      worker.on("exit", (code) => {
        if (!isClosing)
          listener(new PlumageError("unavailable", `the worker thread exited with code ${code}`));
      });
    },
    async close() {
      isClosing = true;
      await worker.terminate();
    },
  };
}

/** One end of a MessageChannel. */
export const portChannel = (port: MessagePort): Channel => ({
  post: (message, transfer = []) => port.postMessage(message, [...transfer]),
  onMessage: (listener) => port.on("message", listener),
  onFailure: (listener) => port.on("messageerror", listener),
  async close() {
    port.close();
  },
});

/** The worker thread's end. */
export function parentChannel(): Channel {
  if (!parentPort)
    throw new PlumageError("unsupported", "this program must run as a worker thread");
  return portChannel(parentPort);
}

/** Node clones the error that ended a thread: its class is lost, its fields are kept. */
function revived(error: Error): Error {
  const { name, message, cause, code, hint } = error as Error & Partial<PlumageError>;
  return name === "PlumageError" ? new PlumageError(code!, message, hint, { cause }) : error;
}
