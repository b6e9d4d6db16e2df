/** What the routes work with. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Env } from "hono";
import type { HonoOptions } from "hono/hono-base";
import type { Logger } from "pino";
import type { Collection } from "../../collection/collection.ts";
import type { CollectionItem } from "../../collection/item.ts";
import type { Model } from "../../embedder/model.ts";
import type { Access } from "../middleware/access.ts";
import { NotFound } from "../problems/errors.ts";
import { problem } from "../problems/problem.ts";

export interface ServeContext extends Pick<Model, "reader" | "embedder"> {
  readonly collection: Collection;
  readonly access: Access;
  /** The path below which a proxy publishes the server; "" for the root. */
  readonly basePath: string;
  readonly log: Logger;
}

/** A router whose invalid parameters are answered with a problem document. */
export const createRouter = (options: Pick<HonoOptions<Env>, "getPath"> = {}) =>
  new OpenAPIHono({
    ...options,
    defaultHook: (result, c) => {
      if (result.success) return;
      const { path, message } = result.error.issues[0]!;
      return problem(c, 400, `${path.join(".")}: ${message}`);
    },
  });

/** The model as answers name it. */
export const modelJson = ({ embedder }: ServeContext) => ({
  name: embedder.manifest.name,
  sha256: embedder.model,
});

/** @throws NotFound */
export async function findItem(collection: Collection, id: string): Promise<CollectionItem> {
  const [item] = await collection.items([id]);
  if (!item) throw new NotFound(`there is no item "${id}"`);
  return item;
}
