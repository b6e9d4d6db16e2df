/** What createApp takes, for tests: open to everyone, and silent. */
import { join } from "node:path";
import { pino } from "pino";
import type { ServeContext } from "../src/api/app.ts";
import type { Catalogue } from "../src/catalogue/catalogue.ts";
import type { Embedder } from "../src/embedder/embedder.ts";
import { Collection } from "../src/searching/collection.ts";
import type { VectorStore } from "../src/store/vectorStore.ts";

export async function contextOf(
  folder: string,
  embedder: Embedder,
  catalogue: Catalogue,
  store: VectorStore,
  access: ServeContext["access"] = { token: undefined, protect: "nothing", origins: [] },
): Promise<ServeContext> {
  const collection = await Collection.open({ catalogue, store }, join(folder, "index", "uploads"));
  return { embedder, catalogue, store, collection, access, log: pino({ level: "silent" }) };
}
