/** The embedded collection behind a worker thread, or in the server that owns it. */
import { setTimeout } from "node:timers/promises";
import { isPlumageError, PlumageError } from "@plumage/models";
import { Client } from "@plumage/models/rpc";
import { startWorker, workerChannel } from "@plumage/models/rpc/node";
import type { Collection } from "../../collection/collection.ts";
import type { EmbeddedOptions } from "./embeddedCollection.ts";
import type { EmbeddedEvents, EmbeddedMethods } from "./embeddedWorker.ts";
import { currentOwner } from "./ownerLock.ts";
import { connectToOwner } from "./ownerSocket.ts";
import { remoteCollection } from "./remoteCollection.ts";

const pauseMs = 250;
/** Time for an owner to finish, or to start and listen. */
const patienceMs = 10_000;

type Thread = Client<EmbeddedMethods, EmbeddedEvents>;

/**
 * Opens the embedded collection in a thread of its own; see `EmbeddedCollection.open`. If a running
 * server owns the store, "index" and "update" change it through that server. Waits a little for an
 * owner that will be done soon: for `npm run index`, and for a server that starts or stops.
 *
 * @throws PlumageError "unavailable" if another process uses the store and does not share it
 */
export async function openEmbedded(
  options: EmbeddedOptions,
  print: (line: string) => void,
): Promise<Collection> {
  const worker = startWorker(new URL("./embeddedWorker.ts", import.meta.url), undefined);
  const thread: Thread = new Client(workerChannel(worker), {
    events: { line: print },
    failure: stopped,
  });
  try {
    const shared = await openOrConnect(options, thread, print);
    if (!shared) return inThread(thread, options.folder);
    await thread.close();
    return shared;
  } catch (error) {
    await thread.close();
    throw error;
  }
}

/** @returns the collection of the server that owns the store, if it was not opened here */
async function openOrConnect(
  options: EmbeddedOptions,
  thread: Thread,
  print: (line: string) => void,
): Promise<Collection | undefined> {
  const { folder, model, mode } = options;
  const isIndexing = mode === "index" || mode === "update";
  let isWaiting = false;
  for (const start = performance.now(); ; ) {
    try {
      await thread.call("open", options);
      return undefined;
    } catch (error) {
      if (!isPlumageError(error) || error.code !== "unavailable") throw error;
      const owner = currentOwner(folder);
      const isServed = owner?.command === "npm run serve";
      const shared = isIndexing ? await connectToOwner(folder, model.sha256) : undefined;
      if (shared) {
        print(`changing the index through the running server (process ${owner?.pid})`);
        return shared;
      }
      const isSoonDone = isIndexing || !isServed;
      if (!isSoonDone || performance.now() - start > patienceMs) throw error;
      if (!isWaiting) print(`waiting for ${owner?.command ?? "another process"}`);
      isWaiting = true;
      await setTimeout(pauseMs);
    }
  }
}

const inThread = (thread: Thread, folder: string): Collection =>
  remoteCollection(thread, folder, async () => {
    await thread.call("close", []);
    await thread.close();
  });

const stopped = (cause: Error) =>
  new PlumageError("unavailable", "the gallery's thread stopped", "restart the server", { cause });
