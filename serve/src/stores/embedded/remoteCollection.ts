/** A collection that lives in another thread or process. */
import type { Client, Handlers } from "@plumage/models/rpc";
import type { Collection } from "../../collection/collection.ts";
import { readImage } from "./readImage.ts";

/** The methods of a collection that are called remotely, with their arguments as one tuple. */
export type CollectionMethods = {
  [Name in Exclude<keyof Collection, "image" | "close">]: (
    args: Parameters<Collection[Name]>,
  ) => Awaited<ReturnType<Collection[Name]>>;
};

/** Answers calls with a collection, once there is one. */
export const collectionHandlers = (collection: () => Collection): Handlers<CollectionMethods> => ({
  size: () => collection().size(),
  revision: () => collection().revision(),
  items: (args) => collection().items(...args),
  embeddings: (args) => collection().embeddings(...args),
  page: (args) => collection().page(...args),
  nearest: (args) => collection().nearest(...args),
  put: (args) => collection().put(...args),
  remove: (args) => collection().remove(...args),
  indexedIds: () => collection().indexedIds(),
});

/**
 * @param folder of the index
 * @param close ends the other side, or the connection to it
 */
export const remoteCollection = (
  client: Pick<Client<CollectionMethods>, "call">,
  folder: string,
  close: () => Promise<void>,
): Collection => ({
  size: (...args) => client.call("size", args),
  revision: (...args) => client.call("revision", args),
  items: (...args) => client.call("items", args),
  embeddings: (...args) => client.call("embeddings", args),
  page: (...args) => client.call("page", args),
  // Reading a file does not block, but copying it between threads would.
  image: (item) => readImage(folder, item),
  nearest: (...args) => client.call("nearest", args),
  put: (...args) => client.call("put", args),
  remove: (...args) => client.call("remove", args),
  indexedIds: (...args) => client.call("indexedIds", args),
  close,
});
