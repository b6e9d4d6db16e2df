/**
 * The thread that owns the embedded collection: SQLite and usearch answer synchronously, and would
 * block the event loop.
 */
import { parentPort, workerData } from "node:worker_threads";
import { EmbeddedCollection, type EmbeddedOptions } from "./embeddedCollection.ts";
import type { Call, Reply } from "./protocol.ts";

const port = parentPort!;
const say = (reply: Reply) => port.postMessage(reply);

/** An error keeps its fields on the way to the other thread, not its class. */
const failure = (error: unknown) => {
  const { name, message, code, hint, stack } = error as Error & { code?: string; hint?: string };
  return { name, message, code, hint, stack };
};

try {
  const collection = await EmbeddedCollection.open(workerData as EmbeddedOptions, (line) =>
    say({ kind: "line", line }),
  );
  port.on("message", async ({ call, method, words }: Call) => {
    try {
      const result = await (collection[method] as (...words: unknown[]) => Promise<unknown>)(
        ...words,
      );
      say({ kind: "done", call, result });
    } catch (error) {
      say({ kind: "failed", call, error: failure(error) });
    }
  });
  say({ kind: "open" });
} catch (error) {
  say({ kind: "failed", call: 0, error: failure(error) });
}
