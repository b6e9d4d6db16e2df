import { storeFolder, storePaths } from "@plumage/models/node";
import { z } from "zod";
import type { Collection, IndexedModel, Purpose } from "../collection/collection.ts";
import { openEmbedded } from "./embedded/openEmbedded.ts";
import { PostgresCollection } from "./postgres/postgresCollection.ts";

export const embedded = "embedded";

/** The option --store of every command. */
export const storeOption = {
  description:
    "where the gallery is kept: embedded, in the model's folder; or postgres://user:password@host/database",
  value: "STORE",
  schema: z
    .string()
    .refine(
      (text) => text === embedded || /^postgres(ql)?:\/\//.test(text),
      "use embedded or a postgres:// address",
    )
    .default(embedded),
};

export interface CollectionOptions {
  readonly store: string;
  /** The model's name. */
  readonly name: string;
  readonly model: IndexedModel;
  readonly purpose: Purpose;
}

/** @param print for what a person should know, such as an index that is built again */
export function openCollection(
  { store, name, model, purpose }: CollectionOptions,
  print: (line: string) => void,
): Promise<Collection> {
  // The address may hold a password, so the hint does not repeat it.
  const indexCommand = `npm run index -- --name ${name}${store === embedded ? "" : " --store ..."}`;
  if (store === embedded) {
    const folder = storePaths(storeFolder(name)).index;
    return openEmbedded({ folder, model, indexCommand, purpose }, print);
  }
  return PostgresCollection.open({ url: store, name, model, indexCommand, purpose }, print);
}
