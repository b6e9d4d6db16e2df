/**
 * The stores that tests run on: the embedded one; PGlite (PostgreSQL in WebAssembly, with pgvector)
 * behind a socket; and the server in PLUMAGE_TEST_POSTGRES=postgres://..., if it is set.
 */
import { basename, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import type { Collection, IndexedModel, OpenMode } from "../../src/collection/collection.ts";
import type { EmbedUploads } from "../../src/collection/uploads.ts";
import { outdatedUploads } from "../../src/stores/embedded/claimCatalog.ts";
import { EmbeddedCollection } from "../../src/stores/embedded/embeddedCollection.ts";
import { readContent } from "../../src/stores/embedded/readImage.ts";
import { Database } from "../../src/stores/postgres/database.ts";
import { schemaOf } from "../../src/stores/postgres/gallerySchema.ts";
import { PostgresCollection } from "../../src/stores/postgres/postgresCollection.ts";

export interface RunningStore {
  /** @param folder of the model; each folder has a gallery of its own */
  open(
    folder: string,
    model: IndexedModel,
    mode: OpenMode,
    embedUploads?: EmbedUploads,
  ): Promise<Collection>;
  stop(): Promise<void>;
}

export interface Store {
  readonly name: string;
  /** Whether several instances can share a gallery. */
  readonly isShared: boolean;
  start(): Promise<RunningStore>;
}

const indexCommand = "npm run index";
const ignoreLine = () => undefined;

/** Opens the embedded store in this thread. */
export async function openEmbeddedInThread(
  folder: string,
  model: IndexedModel,
  mode: OpenMode = "index",
  embedUploads?: EmbedUploads,
): Promise<Collection> {
  const index = join(folder, "index");
  const options = { folder: index, model, indexCommand, mode };
  const outdated = embedUploads ? await outdatedUploads(index, model.sha256) : [];
  const uploads = await embedUploads?.(outdated, (item) => readContent(index, item));
  return EmbeddedCollection.open({ ...options, ...(uploads ? { uploads } : {}) }, ignoreLine);
}

const embedded: Store = {
  name: "embedded",
  isShared: false,
  start: async () => ({ open: openEmbeddedInThread, stop: async () => undefined }),
};

const onPostgres = (url: string, stop: () => Promise<void>): RunningStore => {
  const names = new Set<string>();
  return {
    open(folder, model, mode, embedUploads) {
      const name = basename(folder);
      names.add(name);
      const options = { url, name, model, indexCommand, mode, embedUploads };
      return PostgresCollection.open(options, ignoreLine);
    },
    async stop() {
      const database = new Database(url);
      for (const name of names)
        await database.query(`DROP SCHEMA IF EXISTS ${schemaOf(name)} CASCADE`);
      await database.close();
      await stop();
    },
  };
};

const pglite: Store = {
  name: "PGlite",
  isShared: true,
  async start() {
    const db = await PGlite.create({ extensions: { vector } });
    const server = new PGLiteSocketServer({ db, port: 0, maxConnections: 50 });
    await server.start();
    return onPostgres(
      `postgres://postgres:postgres@${server.getServerConn()}/postgres`,
      async () => {
        await server.stop();
        await db.close();
      },
    );
  },
};

const url = process.env.PLUMAGE_TEST_POSTGRES;
const server: readonly Store[] = url
  ? [
      {
        name: "PostgreSQL",
        isShared: true,
        start: async () => onPostgres(url, async () => undefined),
      },
    ]
  : [];

export const stores: readonly Store[] = [embedded, pglite, ...server];
