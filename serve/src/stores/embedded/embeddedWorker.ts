/** The thread of the embedded collection: SQLite and usearch block while they answer. */
import { type Server, serve } from "@plumage/models/rpc";
import { parentChannel } from "@plumage/models/rpc/node";
import type { Collection } from "../../collection/collection.ts";
import { EmbeddedCollection, type EmbeddedOptions } from "./embeddedCollection.ts";

/** The methods of a collection that run in the thread, with their arguments as one tuple. */
type CollectionMethods = {
  [Name in Exclude<keyof Collection, "image">]: (
    args: Parameters<Collection[Name]>,
  ) => Awaited<ReturnType<Collection[Name]>>;
};

export interface EmbeddedMethods extends CollectionMethods {
  /** Must be called first, and once. */
  open(options: EmbeddedOptions): void;
}

export interface EmbeddedEvents {
  /** A line for the user. */
  line: string;
}

let collection: EmbeddedCollection;

const server: Server<EmbeddedEvents> = serve<EmbeddedMethods, EmbeddedEvents>(parentChannel(), {
  async open(options) {
    collection = await EmbeddedCollection.open(options, (line) => server.emit("line", line));
  },
  size: () => collection.size(),
  items: (args) => collection.items(...args),
  embeddings: (args) => collection.embeddings(...args),
  page: (args) => collection.page(...args),
  nearest: (args) => collection.nearest(...args),
  put: (args) => collection.put(...args),
  remove: (args) => collection.remove(...args),
  indexedIds: () => collection.indexedIds(),
  close: () => collection.close(),
});
