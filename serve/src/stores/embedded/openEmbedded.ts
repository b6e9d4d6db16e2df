/** The embedded collection as the rest sees it: every call goes to its thread. */
import { type ErrorCode, PlumageError } from "@plumage/models";
import { startWorker } from "@plumage/models/node";
import type { Collection } from "../../collection/collection.ts";
import { type EmbeddedOptions, readImage } from "./embeddedCollection.ts";
import type { Call, Failure, Reply } from "./protocol.ts";

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

/**
 * Opens the embedded collection in a thread of its own; options, lines and errors are those of
 * EmbeddedCollection.open.
 */
export async function openEmbedded(
  options: EmbeddedOptions,
  print: (line: string) => void,
): Promise<Collection> {
  const worker = startWorker(new URL("./worker.ts", import.meta.url), options);
  const waiting = new Map<number, Waiting>();
  let last = 0;
  let broken: Error | undefined;
  const opened = new Promise<void>((resolve, reject) => {
    const fail = (cause: Error) => {
      broken = new PlumageError(
        "unavailable",
        "the gallery's thread has stopped",
        "start the server again",
        { cause },
      );
      reject(cause);
      for (const { reject: refuse } of waiting.values()) refuse(broken);
      waiting.clear();
    };
    worker.on("error", fail);
    worker.on("message", (reply: Reply) => {
      if (reply.kind === "line") return print(reply.line);
      if (reply.kind === "open") return resolve();
      if (reply.call === 0 && reply.kind === "failed") return reject(errorOf(reply.error));
      const caller = waiting.get(reply.call)!;
      waiting.delete(reply.call);
      if (reply.kind === "done") caller.resolve(reply.result as never);
      else caller.reject(errorOf(reply.error));
    });
  });
  const call =
    <Method extends keyof Collection>(method: Method) =>
    (...words: Parameters<Collection[Method]>): ReturnType<Collection[Method]> =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken);
        waiting.set(++last, { resolve, reject });
        worker.postMessage({ call: last, method, words } satisfies Call);
      }) as ReturnType<Collection[Method]>;
  try {
    await opened;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    size: call("size"),
    items: call("items"),
    embeddings: call("embeddings"),
    page: call("page"),
    // Reading a file blocks nobody; to hand it from thread to thread would.
    image: readImage,
    nearest: call("nearest"),
    put: call("put"),
    remove: call("remove"),
    indexedIds: call("indexedIds"),
    async close() {
      await call("close")();
      await worker.terminate();
    },
  };
}

function errorOf({ name, message, code, hint, stack }: Failure): Error {
  if (name === "PlumageError") return new PlumageError(code as ErrorCode, message, hint);
  return Object.assign(new Error(message), { name, stack });
}
