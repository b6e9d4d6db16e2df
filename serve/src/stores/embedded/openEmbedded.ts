/** The embedded collection behind a worker thread. */
import { PlumageError } from "@plumage/models";
import { Client } from "@plumage/models/rpc";
import { startWorker, workerChannel } from "@plumage/models/rpc/node";
import type { Collection } from "../../collection/collection.ts";
import { type EmbeddedOptions, readImage } from "./embeddedCollection.ts";
import type { EmbeddedEvents, EmbeddedMethods } from "./embeddedWorker.ts";

/** Opens the embedded collection in a thread of its own; see `EmbeddedCollection.open`. */
export async function openEmbedded(
  options: EmbeddedOptions,
  print: (line: string) => void,
): Promise<Collection> {
  const worker = startWorker(new URL("./embeddedWorker.ts", import.meta.url), undefined);
  const client = new Client<EmbeddedMethods, EmbeddedEvents>(workerChannel(worker), {
    events: { line: print },
    failure: stopped,
  });
  try {
    await client.call("open", options);
  } catch (error) {
    await client.close();
    throw error;
  }
  return {
    size: (...args) => client.call("size", args),
    items: (...args) => client.call("items", args),
    embeddings: (...args) => client.call("embeddings", args),
    page: (...args) => client.call("page", args),
    // Reading a file does not block, but copying it between threads would.
    image: (item) => readImage(options.folder, item),
    nearest: (...args) => client.call("nearest", args),
    put: (...args) => client.call("put", args),
    remove: (...args) => client.call("remove", args),
    indexedIds: (...args) => client.call("indexedIds", args),
    async close() {
      await client.call("close", []);
      await client.close();
    },
  };
}

const stopped = (cause: Error) =>
  new PlumageError("unavailable", "the gallery's thread stopped", "restart the server", { cause });
