/**
 * The socket through which `npm run index` changes a store that a running server owns. It is a file
 * in the folder of the index that only the owner's user can open, so it needs no secret, and also
 * leads into a container that has the folder mounted.
 */
import { once } from "node:events";
import { chmod, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { relative } from "node:path";
import { PlumageError } from "@plumage/models";
import { indexPaths } from "@plumage/models/node";
import { Client, type Handlers, serve } from "@plumage/models/rpc";
import { socketChannel } from "@plumage/models/rpc/node";
import { z } from "zod";
import type { Collection } from "../../collection/collection.ts";
import { newItemSchema } from "../../collection/newItemSchema.ts";
import {
  type CollectionMethods,
  collectionHandlers,
  remoteCollection,
} from "./remoteCollection.ts";

/** Incremented when the methods change: server and command may be of different versions. */
const protocol = 1;
/** Of sockaddr_un, without the final NUL: 104 bytes on macOS, 108 on Linux. */
const maxPathBytes = 103;

interface OwnerMethods extends CollectionMethods {
  /** Must be called first. */
  greet(params: z.infer<typeof greetingSchema>): void;
}

const greetingSchema = z.object({ protocol: z.int(), model: z.string() });
const changeOptionsSchema = z.object({ keepUploads: z.boolean().optional() }).optional();

/** @returns undefined if the system takes no path of this length */
function socketPath(folder: string): string | undefined {
  const path = indexPaths(folder).socket;
  const shown = [relative(process.cwd(), path), path];
  return shown.find((each) => Buffer.byteLength(each) <= maxPathBytes);
}

export interface SharedStore {
  /** Refuses further calls. */
  close(): void;
}

/**
 * Lets processes of the same user change a store that this process owns.
 *
 * @param model sha256 of the model whose embeddings the store takes
 * @returns undefined where the system has no such sockets
 */
export async function shareStore(
  folder: string,
  collection: Collection,
  model: string,
): Promise<SharedStore | undefined> {
  const path = socketPath(folder);
  if (!path) return undefined;
  let isClosing = false;
  const handlers = handlersOf(() => {
    if (isClosing) throw new PlumageError("unavailable", "the server is stopping");
    return collection;
  }, model);
  let isPrivate = false;
  const server = createServer((socket) => {
    if (isPrivate) serve<OwnerMethods>(socketChannel(socket), handlers);
    // Who is quicker than chmod may be another user.
    else socket.destroy();
  });
  try {
    // Left by an owner that was killed: this process has its lock.
    await rm(path, { force: true });
    server.listen(path);
    await once(server, "listening");
    await chmod(path, 0o600);
    isPrivate = true;
  } catch {
    // Such as a file system without sockets: the command is refused while the server runs.
    server.close();
    return undefined;
  }
  return {
    close() {
      isClosing = true;
      server.close();
    },
  };
}

function handlersOf(collection: () => Collection, model: string): Handlers<OwnerMethods> {
  const handlers = collectionHandlers(collection);
  const [items, ids] = [z.array(newItemSchema), z.array(z.string())];
  return {
    ...handlers,
    greet(params) {
      const greeting = greetingSchema.parse(params);
      if (greeting.protocol !== protocol) throw refusal("is another version of Plumage");
      if (greeting.model !== model) throw refusal("runs another model");
    },
    put: ([given, options]) =>
      collection().put(items.parse(given), changeOptionsSchema.parse(options)),
    remove: ([given, options]) =>
      collection().remove(ids.parse(given), changeOptionsSchema.parse(options)),
  };
}

const refusal = (reason: string) =>
  new PlumageError(
    "unavailable",
    `the server that owns the index ${reason}`,
    "stop it, repeat this command, and start it again",
  );

/**
 * Connects to the server that owns a store.
 *
 * @param model sha256 of the model of this process
 * @returns undefined if nobody listens there
 * @throws PlumageError "unavailable" if that server runs another model or version
 */
export async function connectToOwner(
  folder: string,
  model: string,
): Promise<Collection | undefined> {
  const path = socketPath(folder);
  if (!path) return undefined;
  const socket = connect(path);
  try {
    await once(socket, "connect");
  } catch {
    return undefined;
  }
  const client = new Client<OwnerMethods>(socketChannel(socket), { failure: ownerStopped });
  try {
    await client.call("greet", { protocol, model });
  } catch (error) {
    await client.close();
    throw error;
  }
  return remoteCollection(client, folder, () => client.close());
}

const ownerStopped = (cause: Error) =>
  new PlumageError(
    "unavailable",
    "the server that owns the index has stopped",
    "repeat this command: it continues where it was",
    { cause },
  );
