/** What the routes work with. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { PlumageError } from "@plumage/models";
import type { Context, Env } from "hono";
import type { HonoOptions } from "hono/hono-base";
import type { Logger } from "pino";
import type { Collection } from "../../collection/collection.ts";
import type { CollectionItem } from "../../collection/item.ts";
import type { Model } from "../../embedder/model.ts";
import type { Access } from "../middleware/access.ts";
import { NotFound } from "../problems/errors.ts";
import { problem } from "../problems/problem.ts";
import { publicPrefix } from "../publicPath.ts";
import type { Upload } from "../upload/readUpload.ts";

/** A model of the store, with its index. */
export interface ServedModel extends Pick<Model, "reader" | "embedder"> {
  /** Its folder in models/store. */
  readonly name: string;
  readonly collection: Collection;
}

export interface ServeContext {
  /** By default, requests are answered by the first. */
  readonly models: readonly [ServedModel, ...ServedModel[]];
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

/**
 * The model that a request names in its query or its form, or else the first.
 *
 * @throws PlumageError "bad-input" for a model that is not served
 */
export function chosenModel(
  models: ServeContext["models"],
  { req }: Context,
  fields: Upload["fields"] = {},
): ServedModel {
  const chosen = fields.model ?? req.query("model");
  if (chosen === undefined) return models[0];
  const found = models.find(({ name }) => name === chosen);
  if (found) return found;
  const names = models.map(({ name }) => name).join(", ");
  throw new PlumageError("bad-input", `model: "${chosen}" is not served`, `use one of: ${names}`);
}

/** Where the links of an answer lead. */
export interface LinkTarget {
  /** Prefix of the paths. */
  readonly prefix: string;
  /** Query string of the paths. */
  readonly query: string;
}

/** Links to a model's items; those of the first need not name it. */
export const linksTo = (
  { name }: ServedModel,
  { models, basePath }: ServeContext,
  c: Context,
): LinkTarget => ({
  prefix: publicPrefix(c, basePath),
  query: name === models[0].name ? "" : `?model=${encodeURIComponent(name)}`,
});

/** The model as answers name it. */
export const modelJson = ({ embedder }: ServedModel) => ({
  name: embedder.manifest.name,
  sha256: embedder.model,
});

/** @throws NotFound */
export async function findItem(collection: Collection, id: string): Promise<CollectionItem> {
  const [item] = await collection.items([id]);
  if (!item) throw new NotFound(`there is no item "${id}"`);
  return item;
}
