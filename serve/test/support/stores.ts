/**
 * Every store that a gallery can be kept in, for tests that hold them all to the same: the embedded
 * one; PGlite (a real PostgreSQL in WebAssembly, with pgvector) behind a socket; and a server,
 * where PLUMAGE_TEST_POSTGRES=postgres://... names one.
 */
import { basename, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import type { Collection, IndexedModel } from "../../src/collection/collection.ts";
import { EmbeddedCollection } from "../../src/stores/embedded/embeddedCollection.ts";
import { Database } from "../../src/stores/postgres/database.ts";
import { PostgresCollection } from "../../src/stores/postgres/postgresCollection.ts";
import { schemaOf } from "../../src/stores/postgres/tables.ts";

export interface StoreInUse {
  /** @param folder of the model; another folder is another gallery */
  open(folder: string, model: IndexedModel, purpose: "index" | "serve"): Promise<Collection>;
  stop(): Promise<void>;
}

export interface Store {
  readonly name: string;
  readonly isShared: boolean;
  start(): Promise<StoreInUse>;
}

const indexCommand = "npm run index";

const embedded: Store = {
  name: "embedded",
  isShared: false,
  start: async () => ({
    open: (folder, model, purpose) =>
      EmbeddedCollection.open(
        { folder: join(folder, "index"), model, indexCommand, purpose },
        () => undefined,
      ),
    stop: async () => undefined,
  }),
};

const inPostgres = (url: string, stop: () => Promise<void>): StoreInUse => {
  const names = new Set<string>();
  return {
    open(folder, model, purpose) {
      const name = basename(folder);
      names.add(name);
      return PostgresCollection.open({ url, name, model, indexCommand, purpose }, () => undefined);
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
    return inPostgres(
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
        start: async () => inPostgres(url, async () => undefined),
      },
    ]
  : [];

export const stores: readonly Store[] = [embedded, pglite, ...server];
