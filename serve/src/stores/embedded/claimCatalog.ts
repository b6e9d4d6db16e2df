/** Claims a catalog for a model. */
import { existsSync } from "node:fs";
import { isPlumageError } from "@plumage/models";
import { indexPaths } from "@plumage/models/node";
import { type IndexedModel, modelMismatch } from "../../collection/collection.ts";
import type { CollectionItem } from "../../collection/item.ts";
import { type NewEmbeddings, withNewEmbeddings } from "../../collection/uploads.ts";
import type { Catalog } from "./catalog.ts";
import { noIndex, OpenStore } from "./openStore.ts";

const uploadsOf = (catalog: Catalog): CollectionItem[] =>
  catalog.ids({ uploaded: true }).map((id) => catalog.byId(id)!);

/**
 * Uploaded items whose embeddings are another model's.
 *
 * @param folder of the index
 * @param model sha256 of the model
 */
export async function outdatedUploads(folder: string, model: string): Promise<CollectionItem[]> {
  if (!existsSync(indexPaths(folder).catalog)) return [];
  try {
    const store = await OpenStore.open(folder, "index", "");
    try {
      return store.catalog.meta("model") === model ? [] : uploadsOf(store.catalog);
    } finally {
      store.close();
    }
  } catch (error) {
    // Opening the collection will say the same, or connect to the server that owns it.
    if (isPlumageError(error) && error.code === "unavailable") return [];
    throw error;
  }
}

/**
 * Makes a catalog that of a model: deletes indexed items of any other, and keeps uploads with their
 * new embeddings.
 *
 * @throws PlumageError "unavailable" if an upload has no new embedding
 */
export function claimCatalog(
  catalog: Catalog,
  model: string,
  embeddings: NewEmbeddings,
  print: (line: string) => void,
): void {
  if (catalog.meta("model") === model) return;
  const uploads = withNewEmbeddings(uploadsOf(catalog), embeddings);
  if (catalog.adopt(model, uploads)) print("the model has changed: embedding all images again");
}

interface Claim {
  /** Of the index. */
  readonly folder: string;
  readonly model: IndexedModel;
  readonly indexCommand: string;
}

/** @throws PlumageError "bad-file" for a catalog of no model, "mismatch" for that of another */
export function requireModel(catalog: Catalog, { folder, model, indexCommand }: Claim): void {
  const claimed = catalog.meta("model");
  if (claimed === undefined) throw noIndex(folder, `run: ${indexCommand}`);
  if (claimed !== model.sha256) throw modelMismatch(indexCommand);
}
