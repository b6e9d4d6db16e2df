/**
 * The usearch file and its sidecar. usearch crashes the process on a file that is damaged or of
 * another kind, so a file is loaded only if its digest is the one that the sidecar holds; anything
 * else is made anew from the catalog.
 */
import { open, rename, rm } from "node:fs/promises";
import { progress } from "@plumage/models/cli";
import { indexPaths, readJson, sha256File, writeFileWhole } from "@plumage/models/node";
import { z } from "zod";
import type { IndexedModel } from "../../collection/collection.ts";
import type { Catalog } from "./catalog.ts";
import { UsearchStore } from "./usearchStore.ts";

const sidecarSchema = z.object({
  format: z.literal("plumage-index/2"),
  sha256: z.string(),
  model: z.string(),
  /** The catalog's when the file was written, and the last of its keys that the file knows. */
  revision: z.int(),
  lastKey: z.int(),
  /** Keys in the file that have left the catalog. */
  dead: z.array(z.int()),
  dimension: z.int(),
});

/** Builds the index from the catalog's embeddings and writes both files whole. */
export async function buildIndex(
  folder: string,
  catalog: Catalog,
  model: IndexedModel,
): Promise<UsearchStore> {
  const store = new UsearchStore(model.dimension);
  const bar = progress("building the vector index", catalog.size, "vectors");
  const { revision } = catalog;
  let lastKey = -1;
  for (const { key, embedding } of catalog.embeddings()) {
    store.add(key, embedding);
    lastKey = key;
    bar.advance(1);
  }
  bar.finish();
  await saveIndex(folder, catalog, store, model, { revision, lastKey });
  return store;
}

/**
 * Writes an index that holds what the catalog held at a revision, up to a key: both files whole.
 */
export async function saveIndex(
  folder: string,
  catalog: Catalog,
  store: UsearchStore,
  { dimension, model }: IndexedModel,
  { revision, lastKey }: { readonly revision: number; readonly lastKey: number },
): Promise<void> {
  // The sidecar goes first: between the two renames there is no pair that fits, and so none that is
  // trusted.
  await rm(indexPaths(folder).sidecar, { force: true });
  const temporary = `${indexPaths(folder).vectors}.tmp`;
  store.save(temporary);
  const file = await open(temporary, "r+");
  await file.sync();
  await file.close();
  await rename(temporary, indexPaths(folder).vectors);
  const sidecar: z.infer<typeof sidecarSchema> = {
    format: "plumage-index/2",
    sha256: await sha256File(indexPaths(folder).vectors),
    model,
    revision,
    lastKey,
    dead: store.dead,
    dimension,
  };
  await writeFileWhole(indexPaths(folder).sidecar, `${JSON.stringify(sidecar, null, 2)}\n`);
  catalog.forgetRemoved(revision);
}

/** The sidecar of an index that can be used, or why there is none. */
async function trusted(
  folder: string,
  catalog: Catalog,
  { dimension, model }: IndexedModel,
): Promise<z.infer<typeof sidecarSchema> | string> {
  try {
    const sidecar = await readJson(indexPaths(folder).sidecar, sidecarSchema);
    if (sidecar.model !== model || sidecar.dimension !== dimension) return "it is of another model";
    if (sidecar.revision > catalog.revision) return "it is newer than the catalog";
    if ((await sha256File(indexPaths(folder).vectors)) !== sidecar.sha256)
      return "its file is damaged";
    return sidecar;
  } catch {
    return "a part of it is missing or damaged";
  }
}

/** Loads the index and brings it up to date with the catalog, or builds it anew and says why. */
export async function openIndex(
  folder: string,
  catalog: Catalog,
  model: IndexedModel,
  print: (line: string) => void,
): Promise<UsearchStore> {
  const sidecar = await trusted(folder, catalog, model);
  if (typeof sidecar === "string") {
    print(`the vector index is built again from the catalog: ${sidecar}`);
    return buildIndex(folder, catalog, model);
  }
  const store = new UsearchStore(model.dimension);
  store.load(indexPaths(folder).vectors, sidecar.dead);
  if (sidecar.revision === catalog.revision) return store;
  for (const key of catalog.removedSince(sidecar.revision)) store.remove(key);
  let added = 0;
  for (const { key, embedding } of catalog.embeddings(sidecar.lastKey)) {
    store.add(key, embedding);
    added++;
  }
  print(`the vector index is brought up to date: ${added} new since it was written`);
  // A pair of files that fit together, but are not this catalog's, is found here.
  const isWhole = store.size === catalog.size;
  return isWhole && !store.isWorthCompacting ? store : buildIndex(folder, catalog, model);
}
