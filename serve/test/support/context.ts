/** What createApp takes, for tests: open to everyone, and silent. */
import { pino } from "pino";
import type { ServeContext } from "../../src/api/app.ts";
import type { Collection } from "../../src/collection/collection.ts";
import type { Embedder } from "../../src/embedder/embedder.ts";
import { openEmbedder } from "../../src/embedder/embedder.ts";
import { type ImageReader, openImageReader } from "../../src/images/imageReader.ts";

export interface Model {
  readonly embedder: Embedder;
  readonly reader: ImageReader;
  /** As a collection knows it. */
  readonly indexed: { readonly model: string; readonly dimension: number };
  close(): Promise<void>;
}

export async function openModel(folder: string): Promise<Model> {
  const embedder = await openEmbedder(folder, { threads: 1, maxBatch: 8, maxQueue: 64 });
  const { dimension, preprocessing } = embedder.manifest;
  const reader = openImageReader({ threads: 1, maxQueue: 64, resize: preprocessing.resize });
  return {
    embedder,
    reader,
    indexed: { model: embedder.model, dimension },
    async close() {
      await reader.close();
      await embedder.close();
    },
  };
}

export const openToAll: ServeContext["access"] = {
  token: undefined,
  protect: "nothing",
  origins: [],
};

export const contextOf = (
  { embedder, reader }: Model,
  collection: Collection,
  access: ServeContext["access"] = openToAll,
): ServeContext => ({ embedder, reader, collection, access, log: pino({ level: "silent" }) });
