/** Chooses the store of a gallery by the value of --store. */
import { storeFolder, storePaths } from "@plumage/models/node";
import { z } from "zod";
import type { Collection, IndexedModel, OpenMode } from "../collection/collection.ts";
import type { CollectionItem } from "../collection/item.ts";
import type { EmbedUploads } from "../collection/uploads.ts";
import { outdatedUploads } from "./embedded/claimCatalog.ts";
import { openEmbedded } from "./embedded/openEmbedded.ts";
import { readContent } from "./embedded/readImage.ts";
import { PostgresCollection } from "./postgres/postgresCollection.ts";

export const embeddedStore = "embedded";

/** The option --store of every command. */
export const storeOption = {
  description:
    "where the gallery is stored: embedded (in the model's folder) or " +
    "postgres://user:password@host/database",
  value: "STORE",
  isSecret: true,
  schema: z
    .string()
    .refine(
      (text) => text === embeddedStore || isDatabaseUrl(text),
      "use embedded or a postgres:// URL",
    )
    .default(embeddedStore),
};

/** Whether the client can parse it, too: it decodes what a URL may leave malformed. */
function isDatabaseUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(text)) return false;
  try {
    const { username, password, pathname } = new URL(text);
    decodeURIComponent(username + password + pathname);
    return true;
  } catch {
    return false;
  }
}

export interface CollectionOptions {
  readonly store: string;
  /** The model's name. */
  readonly name: string;
  readonly model: IndexedModel;
  readonly mode: OpenMode;
  /** For "index": embeds uploaded images of another model. */
  readonly embedUploads?: EmbedUploads;
}

/** @param print receives lines for the user, such as why the vector index is rebuilt */
export async function openCollection(
  { store, name, model, mode, embedUploads }: CollectionOptions,
  print: (line: string) => void,
): Promise<Collection> {
  const isEmbedded = store === embeddedStore;
  // The URL may hold a password, so hints do not repeat it.
  const indexCommand = `npm run index -- --name ${name}${isEmbedded ? "" : " --store ..."}`;
  if (isEmbedded) {
    const folder = storePaths(storeFolder(name)).index;
    const outdated = mode === "index" ? await outdatedUploads(folder, model.sha256) : [];
    const read = (item: CollectionItem) => readContent(folder, item);
    const uploads = outdated.length > 0 ? await embedUploads?.(outdated, read) : undefined;
    const options = { folder, model, indexCommand, mode, ...(uploads ? { uploads } : {}) };
    return openEmbedded(options, print);
  }
  const options = { url: store, name, model, indexCommand, mode, embedUploads };
  return PostgresCollection.open(options, print);
}
