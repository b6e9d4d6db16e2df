/** The thread of the embedded collection: SQLite and usearch block while they answer. */
import { type Server, serve } from "@plumage/models/rpc";
import { parentChannel } from "@plumage/models/rpc/node";
import { EmbeddedCollection, type EmbeddedOptions } from "./embeddedCollection.ts";
import { type SharedStore, shareStore } from "./ownerSocket.ts";
import { type CollectionMethods, collectionHandlers } from "./remoteCollection.ts";

export interface EmbeddedMethods extends CollectionMethods {
  /** Must be called first, and again only after a failure. */
  open(options: EmbeddedOptions): void;
  close(args: []): void;
}

export interface EmbeddedEvents {
  /** A line for the user. */
  line: string;
}

let collection: EmbeddedCollection;
let shared: SharedStore | undefined;

const server: Server<EmbeddedEvents> = serve<EmbeddedMethods, EmbeddedEvents>(parentChannel(), {
  ...collectionHandlers(() => collection),
  async open(options) {
    collection = await EmbeddedCollection.open(options, (line) => server.emit("line", line));
    if (options.mode === "serve")
      shared = await shareStore(options.folder, collection, options.model.sha256);
  },
  async close() {
    shared?.close();
    await collection.close();
  },
});
