/** A model and an app for tests. */
import { pino } from "pino";
import type { Access } from "../../src/api/middleware/access.ts";
import type { ServeContext } from "../../src/api/routes/context.ts";
import type { Collection } from "../../src/collection/collection.ts";
import { type Model, openModel } from "../../src/embedder/model.ts";

export const openTestModel = (folder: string): Promise<Model> =>
  openModel(folder, { threads: 1, maxBatch: 8, maxQueue: 64 });

/** A server on a loopback address, without a token. */
export const unprotected: Access = {
  token: undefined,
  protect: "nothing",
  origins: [],
  hosts: [],
  anyAddress: false,
};

/** What createApp takes; silent, and without a token by default. */
export const contextOf = (
  { embedder, reader }: Pick<Model, "embedder" | "reader">,
  collection: Collection,
  access: Access = unprotected,
): ServeContext => ({
  models: [{ name: embedder.manifest.name, embedder, reader, collection }],
  access,
  basePath: "",
  log: pino({ level: "silent" }),
});
